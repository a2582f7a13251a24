import { expect } from 'chai';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';

import { createJwtAuthProvider } from '../../../adapters/auth-provider/jwt/jwt-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import type { AuthProvider, Principal } from '../../../ports/auth-provider.js';

const SECRET = 'a secret of at least thirty-two bytes';
const NOW = 1_800_000_000;
const GOOD = { sub: 'alice', role: 'viewer', iat: NOW, exp: NOW + 60 };
const REASONS = [
  ...['bad_signature', 'bad_algorithm', 'malformed', 'unknown_key', 'no_expiry', 'bad_claims'],
  ...['not_yet_valid', 'bad_header', 'CREDENTIALS_EXPIRED'],
];

/** Signs whatever it is given, which no library does. */
function sign(payload: string, header: string = JSON.stringify({ alg: 'HS256', typ: 'JWT' })): string {
  const body = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${body}.${createHmac('sha256', SECRET).update(body).digest('base64url')}`;
}
const withClaims = (claims: object): string => sign(JSON.stringify({ ...GOOD, ...claims }));
const withHeader = (header: object): string =>
  sign(JSON.stringify(GOOD), JSON.stringify({ alg: 'HS256', ...header }));

describe('claims and headers of a token whose signature is right', () => {
  let provider: AuthProvider;
  before(async () => {
    provider = createJwtAuthProvider(
      { algorithm: 'HS256', secret: SECRET },
      { clock: createManualClock(NOW * 1000), log: createMemoryLogger(), state: createMemoryStateStore() },
    );
    await provider.start(new AbortController().signal);
  });
  const outcome = async (token: string): Promise<Principal | string> => {
    try {
      return (await provider.authenticate(token)) ?? 'foreign';
    } catch (error) {
      const { detail, code } = error as { code?: string; detail?: { reason?: string } };
      return detail?.reason ?? code ?? String(error);
    }
  };

  const refusedClaims: readonly [string, object, string][] = [
    ['an end after all dates', { exp: 9e15 }, 'bad_claims'],
    ['an end that is no date in milliseconds', { exp: 8.64e12 + 1 }, 'bad_claims'],
    ['an end before 1970', { exp: -1 }, 'bad_claims'],
    ['an end as text', { exp: String(NOW + 60) }, 'bad_claims'],
    ['no end but null', { exp: null }, 'bad_claims'],
    ['an end in a list', { exp: [NOW + 60] }, 'bad_claims'],
    ['a beginning as text', { nbf: 'now' }, 'bad_claims'],
    ['a beginning after all dates', { nbf: 9e15 }, 'bad_claims'],
    ['a beginning that is null', { nbf: null }, 'bad_claims'],
    ['a time of issue before 1970', { iat: -5 }, 'bad_claims'],
    ['a time of issue as text', { iat: 'yesterday' }, 'bad_claims'],
    ['an identifier that is no text', { jti: 7 }, 'bad_claims'],
    ['a giant identifier', { jti: 'x'.repeat(256) }, 'bad_claims'],
    ['an empty subject', { sub: '' }, 'bad_claims'],
    ['a blank subject', { sub: ' \t' }, 'bad_claims'],
    ['a subject of two lines', { sub: 'alice\nadmin' }, 'bad_claims'],
    ['a giant subject', { sub: 'x'.repeat(256) }, 'bad_claims'],
    ['a subject that is null beside a user_id', { sub: null, user_id: 'bob' }, 'bad_claims'],
    ['a subject that is an object', { sub: { name: 'alice' } }, 'bad_claims'],
    ['a role in an object', { role: { admin: true } }, 'bad_claims'],
    ['a role in a list', { role: ['admin'] }, 'bad_claims'],
    ['a role in capitals', { role: 'ADMIN' }, 'bad_claims'],
    ['a role of every object', { role: 'constructor' }, 'bad_claims'],
    ['cameras that are null', { cameras: null }, 'bad_claims'],
    ['cameras that are an object', { cameras: { 0: 'camera0' } }, 'bad_claims'],
    ['cameras in a list within a list', { cameras: [['camera0']] }, 'bad_claims'],
    ['a wildcard in place of a list', { cameras: '*' }, 'bad_claims'],
    ['a token that has just ended', { exp: NOW }, 'CREDENTIALS_EXPIRED'],
    ['a token that begins in a moment', { nbf: NOW + 0.5 }, 'not_yet_valid'],
  ];
  for (const [what, claims, reason] of refusedClaims)
    it(`refuses ${what}`, async () => expect(await outcome(withClaims(claims))).to.equal(reason));

  it('refuses numbers that JSON has and a date has not', async () => {
    for (const number of ['1e400', '-1e400', '99999999999999999999', '-0.5'])
      for (const name of ['exp', 'nbf', 'iat']) {
        const text = JSON.stringify({ ...GOOD, [name]: 'HERE' }).replace('"HERE"', number);
        expect(await outcome(sign(text)), `${name} ${number}`).to.equal('bad_claims');
      }
  });

  it('takes an end with a fraction, and a role of 255 characters in the subject', async () => {
    const long = 'x'.repeat(255);
    expect(await outcome(withClaims({ exp: NOW + 0.5, sub: long }))).to.include({
      id: long,
      expiresAt: NOW * 1000 + 500,
    });
  });

  it('refuses payloads that are no object', async () => {
    for (const payload of ['[]', '7', 'null', '"text"', 'not JSON', ''])
      expect(await outcome(sign(payload)), payload).to.be.oneOf(['malformed', 'no_expiry', 'foreign']);
  });

  const refusedHeaders: readonly [string, object, string][] = [
    ['an extension that must be understood', { crit: ['exp'], exp: 1 }, 'bad_header'],
    ['an unencoded payload', { crit: ['b64'], b64: false }, 'bad_header'],
    ['an unencoded payload that need not be understood', { b64: false }, 'bad_header'],
    ['b64 as text', { b64: 'true' }, 'bad_header'],
    ['an empty list of extensions', { crit: [] }, 'bad_header'],
    ['extensions that are no list', { crit: 'exp' }, 'bad_header'],
    ['extensions that are null', { crit: null }, 'bad_header'],
    ['extensions that are not there', { crit: ['x'] }, 'bad_header'],
    ['an algorithm in small letters', { alg: 'hs256' }, 'bad_algorithm'],
    ['no algorithm', { alg: 'none' }, 'bad_algorithm'],
    ['an algorithm that is null', { alg: null }, 'bad_algorithm'],
    ['an algorithm in a list', { alg: ['HS256'] }, 'bad_algorithm'],
    ['a nested token', { cty: 'JWT' }, 'bad_header'],
    ['the type of another kind of token', { typ: 'logout+jwt' }, 'bad_header'],
    ['a type that is no text', { typ: 1 }, 'bad_header'],
    ['a key name that is no text', { kid: 7 }, 'malformed'],
  ];
  for (const [what, header, reason] of refusedHeaders)
    it(`refuses ${what}`, async () => expect(await outcome(withHeader(header))).to.equal(reason));

  it('takes the types of access tokens, whatever their letters, and none', async () => {
    for (const header of [
      {},
      { typ: 'JWT' },
      { typ: 'jwt' },
      { typ: 'at+jwt' },
      { typ: 'application/AT+JWT' },
    ])
      expect(await outcome(withHeader(header)), JSON.stringify(header)).to.include({ id: 'alice' });
  });

  it('takes the last of two members of one name, in the header as in the claims', async () => {
    const claims = JSON.stringify(GOOD);
    expect(await outcome(sign(claims, '{"alg":"HS256","alg":"none"}'))).to.equal('bad_algorithm');
    expect(await outcome(sign(claims.replace('{', '{"role":"admin",')))).to.include({ role: 'viewer' });
  });

  it('gives a principal that holds, or a stable reason, whatever the claims are', async () => {
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.double({ noNaN: true }),
      fc.constantFrom<unknown>(9e15, -1, NOW, NOW + 60, 8.64e12, '', 'admin', null),
    );
    const names = ['sub', 'user_id', 'role', 'exp', 'nbf', 'iat', 'jti', 'cameras', '__proto__', 'aud'];
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), odd), async (claims) => {
        const found = await outcome(withClaims(claims));
        if (typeof found === 'string') return REASONS.includes(found);
        const { id, role, cameras, expiresAt = NaN, credentialId } = found;
        return (
          ['viewer', 'operator', 'admin'].includes(role) &&
          id.trim() !== '' &&
          new Date(expiresAt).getTime() > NOW * 1000 &&
          (cameras ?? []).every((name) => typeof name === 'string') &&
          typeof credentialId === 'string'
        );
      }),
      { numRuns: 400 },
    );
  });

  it('never crashes on a header, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (header) => {
        const found = await outcome(sign(JSON.stringify(GOOD), header));
        return typeof found === 'string' ? REASONS.includes(found) : found.id === 'alice';
      }),
      { numRuns: 300 },
    );
  });

  it('names a token by its jti, or by a text of its own that says nothing', async () => {
    const [one, other] = [withClaims({}), withClaims({ sub: 'bob' })];
    const ids = await Promise.all(
      [one, one, other].map(async (token) => (await provider.authenticate(token))?.credentialId ?? ''),
    );
    expect(ids[0]).to.equal(ids[1]);
    expect(new Set(ids).size).to.equal(2);
    for (const id of ids) expect(id).to.match(/^[\w-]{22}$/);
    expect(await outcome(withClaims({ jti: 'number 7' }))).to.include({ credentialId: 'number 7' });
  });
});
