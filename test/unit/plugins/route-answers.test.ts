import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { RouteOffer } from '../../../plugins/api/index.js';
import { createRouteWorld } from './route-world.js';

const ROUTE = { summary: 'A route of a test.', role: 'viewer', audited: false } as const;
const PUBLIC = { ...ROUTE, role: 'public' } as const;
const fine = () => ({ body: 'fine' });
const HTML = { 'content-type': 'text/html; charset=utf-8' };

describe('what a route of a plugin answers', () => {
  const answering = async (handler: RouteOffer['handler'], more: Partial<RouteOffer> = {}) => {
    const world = await createRouteWorld((context) => {
      context.route('GET', '/', { ...PUBLIC, handler, ...more });
    });
    world.install();
    return world;
  };
  const AT = '/plugins/a-test/';

  it('has a policy, a type and no cache unless it says so', async () => {
    const plain = await (await answering(fine)).get(AT);
    expect(plain.headers).to.include({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'content-length': '4',
    });
    const own = { ...HTML, 'Cache-Control': 'max-age=5', 'x-plugin-a-test-mark': 'm', location: '/x' };
    const set = await (
      await answering(() => ({ status: 201, headers: own, body: Buffer.from('<p>') }))
    ).get(AT);
    expect(set.status).to.equal(201);
    expect(set.headers).to.include({ ...HTML, 'cache-control': 'max-age=5', 'x-plugin-a-test-mark': 'm' });
    const empty = await (await answering(() => ({}))).get(AT);
    expect([empty.status, empty.headers['content-type']]).to.deep.equal([204, undefined]);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['headers'] = cyclic;
  const wrong: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
    'an error': [() => Promise.reject(new Error('the secret')), /threw: the secret/],
    nothing: [() => undefined, /no response/],
    'a text alone': [() => 'text', /no response/],
    'a body that is none': [() => ({ body: { a: 1 } }), /body must be/],
    'a body without end': [() => ({ body: Buffer.alloc(5 * 1024 * 1024) }), /longer than/],
    'a status that switches protocols': [() => ({ status: 101 }), /status must be/],
    'a status that is a text': [() => ({ status: '200' }), /status must be/],
    'a header with a line break': [
      () => ({ headers: { location: '/\r\nset-cookie: a=b' } }),
      /no plain text/,
    ],
    'a header name with a line break': [
      () => ({ headers: { 'x-plugin-a-test-\r\nset-cookie': 'a' } }),
      /not one that plugins/,
    ],
    'a header with NUL': [() => ({ headers: { etag: '"\u0000"' } }), /no plain text/],
    'a header beyond Latin 1': [() => ({ headers: { link: '☃' } }), /no plain text/],
    'a cookie': [() => ({ headers: { 'Set-Cookie': 'a=b' } }), /"set-cookie" is not one/],
    'other origins': [() => ({ headers: { 'access-control-allow-origin': '*' } }), /not one that plugins/],
    'a length of its own': [
      () => ({ headers: { 'content-length': '1' }, body: 'two' }),
      /not one that plugins/,
    ],
    'an order for a proxy': [() => ({ headers: { 'x-accel-redirect': '/etc' } }), /not one that plugins/],
    'a header of a plugin with another name': [
      () => ({ headers: { 'x-a-test-mark': 'm' } }),
      /not one that plugins/,
    ],
    'a scope for its workers': [
      () => ({ headers: { 'service-worker-allowed': '/' } }),
      /not one that plugins/,
    ],
    'headers without end': [() => ({ headers: { link: 'x'.repeat(10_000) } }), /longer than/],
    'headers that are themselves': [() => cyclic, /not one that plugins/],
    'a trap': [
      () => ({
        get body() {
          throw new Error('a trap');
        },
      }),
      /threw: a trap/,
    ],
  };
  for (const [what, [handler, words]] of Object.entries(wrong))
    it(`costs only its own answer when it is ${what}`, async () => {
      const world = await answering(handler as RouteOffer['handler']);
      const { status, text, headers } = await world.get(AT);
      expect([status, JSON.parse(text)]).to.deep.include(503);
      expect(text).not.to.include('secret');
      expect(Object.keys(headers)).not.to.include.members(['set-cookie', 'location']);
      expect(world.faults.get('a-test')?.reason)
        .to.match(words)
        .and.match(/^route GET \//);
    });

  it('is an error of the client when the plugin says so', async () => {
    const thrown = Object.assign(new Error('m'), {
      ...{ name: 'PortError', code: 'OPTION_INVALID', detail: { option: 'x', rule: 'must be even' } },
    });
    const world = await answering(() => Promise.reject(thrown));
    expect((await world.get(AT)).status).to.equal(400);
    expect(world.faults.size).to.equal(0);
  });

  it('is waited for until its deadline, with a signal that says so', async () => {
    let told: AbortSignal | undefined;
    const world = await answering(
      ({ signal }) => {
        told = signal;
        return new Promise(() => undefined);
      },
      { timeoutMs: 300 },
    );
    const late = world.get(AT);
    await setImmediate();
    await world.clock.advance(300);
    expect((await late).code).to.equal('DEPENDENCY_FAILED');
    expect(told?.aborted).to.equal(true);
    expect(world.faults.get('a-test')?.reason).to.include('did not answer within 300 ms');
  });

  it('is not waited for any longer when the plugin is taken out', async () => {
    const world = await createRouteWorld((context) => {
      context.route('GET', '/', { ...PUBLIC, handler: () => new Promise(() => undefined) });
    });
    const remove = world.install();
    const open = world.get(AT);
    await setImmediate();
    remove();
    expect((await open).code).to.equal('INVALID_STATE');
    expect(world.faults.size).to.equal(0);
  });
});
