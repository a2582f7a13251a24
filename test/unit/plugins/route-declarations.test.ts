import { expect } from 'chai';
import type { CapabilityContext } from '../../../plugins/api/index.js';
import { Declarations } from '../../../plugins/capabilities/declarations.js';
import { createRouteWorld } from './route-world.js';

const ROUTE = { summary: 'A route of a test.', role: 'viewer', audited: false } as const;
const fine = () => ({ body: 'fine' });

describe('the declaration of a route', () => {
  const HANDLER = { ...ROUTE, handler: fine };
  const wrong: Readonly<Record<string, readonly [(context: CapabilityContext) => unknown, RegExp]>> = {
    'a method that nobody knows': [(c) => c.route('TRACE' as never, '/', HANDLER), /method must be one of/],
    'a relative path': [(c) => c.route('GET', 'a', HANDLER), /begins with "\/"/],
    'a path that leaves': [(c) => c.route('GET', '/../b', HANDLER), /"\.\." must be/],
    'an encoded path': [(c) => c.route('GET', '/%2e', HANDLER), /"%2e" must be/],
    'an empty segment': [(c) => c.route('GET', '/a//b', HANDLER), /"" must be/],
    'a hidden file': [(c) => c.route('GET', '/.git', HANDLER), /without a dot/],
    'a parameter twice': [(c) => c.route('GET', '/{a}/{a}', HANDLER), /parameter twice/],
    'eleven segments': [(c) => c.route('GET', '/a'.repeat(11), HANDLER), /10 segments/],
    'no handler': [(c) => c.route('GET', '/', ROUTE as never), /handler must be/],
    'the role of nobody': [(c) => c.route('GET', '/', { ...HANDLER, role: 'none' as never }), /role must be/],
    'no summary': [(c) => c.route('GET', '/', { ...HANDLER, summary: '' }), /summary must be/],
    'a camera for everybody': [
      (c) => c.route('GET', '/{device}', { ...HANDLER, role: 'public' }),
      /public route cannot have \{device\}/,
    ],
    'a header with a credential': [
      (c) => c.route('GET', '/', { ...HANDLER, headers: ['cookie'] }),
      /cannot name "cookie"/,
    ],
    'what an authenticating proxy says': [
      (c) => c.route('GET', '/', { ...HANDLER, headers: ['x-goog-iap-jwt-assertion'] }),
      /cannot name "x-goog-iap-jwt-assertion"/,
    ],
    'a body without end': [
      (c) => c.route('POST', '/', { ...HANDLER, maxBodyBytes: 2 ** 30 }),
      /maxBodyBytes must be/,
    ],
    'a day of time': [(c) => c.route('GET', '/', { ...HANDLER, timeoutMs: 86_400_000 }), /timeoutMs must be/],
    'an unknown parameter in the trail': [
      (c) => c.route('GET', '/{a}', { ...HANDLER, audited: ['b'] }),
      /audited must be/,
    ],
    'the same route twice': [
      (c) => [c.route('GET', '/a', HANDLER), c.route('GET', '/a', HANDLER)],
      /already declared/,
    ],
  };
  for (const [what, [declare, words]] of Object.entries(wrong))
    it(`is refused when it has ${what}`, () => {
      expect(() => declare(new Declarations('a-test', 'all'))).to.throw(TypeError, words);
    });

  it('needs the capability, and another one to be public', () => {
    const poor = new Declarations('a-test', ['routes']);
    expect(() => poor.route('GET', '/', { ...HANDLER, role: 'public' })).to.throw(
      TypeError,
      /"public-routes"/,
    );
    poor.route('GET', '/', HANDLER);
    expect(poor.used).to.deep.equal(['routes']);
    expect(() => new Declarations('a-test', ['rpc']).route('GET', '/', HANDLER)).to.throw(
      TypeError,
      /"routes"/,
    );
  });

  it('is refused when two of them match the same requests', async () => {
    const world = await createRouteWorld((context) => {
      context.route('GET', '/{a}', HANDLER);
      context.route('GET', '/{b}', HANDLER);
    });
    expect(() => world.install()).to.throw(TypeError, /match the same requests/);
  });
});
