import { expect } from 'chai';
import jwt from 'jsonwebtoken';

import {
  createJwtAuthProvider,
  type JwtAuthProviderOptions,
} from '../../../adapters/auth-provider/jwt/jwt-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import type { AuthProvider } from '../../../ports/auth-provider.js';

const secret = 'a secret of at least thirty-two bytes';
const clock = createManualClock(1_800_000_000_000);
const claims = { sub: 'alice', role: 'viewer', iat: 1_800_000_000, exp: 1_800_000_060 };
const deps = () => ({ clock, log: createMemoryLogger(), state: createMemoryStateStore() });

async function open(options: Partial<JwtAuthProviderOptions> = {}): Promise<AuthProvider> {
  const provider = createJwtAuthProvider({ algorithm: 'HS256', secret, ...options }, deps());
  await provider.start(new AbortController().signal);
  return provider;
}
const sign = (body: object, options: jwt.SignOptions = {}): string => jwt.sign(body, secret, options);
const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'admitted',
    (error: { code?: string; detail?: { reason?: string } }) => error.detail?.reason ?? error.code,
  );

describe('auth-provider/jwt', () => {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { exp: _exp, ...endless } = claims;
  const cases: readonly [string, string, string][] = [
    ['a token without exp', sign(endless), 'no_expiry'],
    ['alg none', `${encode({ alg: 'none' })}.${encode(claims)}.`, 'bad_algorithm'],
    ['another algorithm', sign(claims, { algorithm: 'HS384' }), 'bad_algorithm'],
    ['an unknown role', sign({ ...claims, role: 'root' }), 'bad_claims'],
    ['no subject', sign({ role: 'viewer', exp: claims.exp }), 'bad_claims'],
    ['cameras that are not names', sign({ ...claims, cameras: [1] }), 'bad_claims'],
    ['cameras that are no list', sign({ ...claims, cameras: 'camera0' }), 'bad_claims'],
    ['a token for later', sign({ ...claims, nbf: claims.iat + 30 }), 'not_yet_valid'],
    ['another secret', jwt.sign(claims, 'x'.repeat(40)), 'bad_signature'],
    ['no JSON', 'aaa.bbb.ccc', 'malformed'],
    ['a very long token', `a.${'b'.repeat(9000)}.c`, 'malformed'],
  ];
  for (const [what, token, reason] of cases)
    it(`refuses ${what}: ${reason}`, async () =>
      expect(await reasonOf((await open()).authenticate(token))).to.equal(reason));

  it('takes user_id in place of sub', async () => {
    const { sub: id, ...rest } = claims;
    expect(await (await open()).authenticate(sign({ ...rest, user_id: id }))).to.include({ id: 'alice' });
  });

  it('checks issuer and audience when they are configured', async () => {
    const provider = await open({ issuer: 'us', audience: 'cameras' });
    expect(await reasonOf(provider.authenticate(sign(claims)))).to.equal('bad_claims');
    const { credential } = await provider.issue({ subject: 'bob', role: 'admin', ttlSeconds: 60 });
    expect(await provider.authenticate(credential)).to.include({ id: 'bob' });
  });

  it('refuses a secret that is too short, at once', () => {
    const make = (): unknown => createJwtAuthProvider({ algorithm: 'HS256', secret: 'short' }, deps());
    expect(make).to.throw().with.property('code', 'OPTION_INVALID');
  });

  it('never issues a token without an end', async () => {
    expect(await reasonOf((await open()).issue({ subject: 'a', role: 'viewer' }))).to.equal('OPTION_INVALID');
  });

  it('makes its secret once and finds it again', async () => {
    const shared = deps();
    const providers = [1, 2].map(() => createJwtAuthProvider({ algorithm: 'HS256' }, shared));
    for (const provider of providers) await provider.start(new AbortController().signal);
    const { credential } = await (providers[0] as AuthProvider).issue({
      subject: 'a',
      role: 'viewer',
      ttlSeconds: 9,
    });
    expect(await providers[1]?.authenticate(credential)).to.include({ id: 'a' });
  });

  it('tells how long one check takes', async () => {
    const provider = await open();
    const token = sign(claims);
    for (let n = 0; n < 500; n++) await provider.authenticate(token);
    const before = performance.now();
    for (let n = 0; n < 2000; n++) await provider.authenticate(token);
    console.log(`      one check: ${((performance.now() - before) / 2).toFixed(1)} µs`);
  });
});
