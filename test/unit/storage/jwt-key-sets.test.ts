import { expect } from 'chai';
import fc from 'fast-check';
import jwt from 'jsonwebtoken';
import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { createJwtAuthProvider } from '../../../adapters/auth-provider/jwt/jwt-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import type { AuthProvider } from '../../../ports/auth-provider.js';

type Algorithm = 'RS256' | 'ES256';
const NOW = 1_800_000_000;
const CLAIMS = { sub: 'alice', role: 'viewer', iat: NOW, exp: NOW + 60 };

const pair = (algorithm: Algorithm) =>
  algorithm === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' });

describe('keys for tokens of somebody else', () => {
  const good = { RS256: pair('RS256'), ES256: pair('ES256') };
  const stranger = { RS256: pair('RS256'), ES256: pair('ES256') };
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const other = pair('RS256');
  const edwards = generateKeyPairSync('ed25519');
  const curve384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  const rsa = jwkOf(good.RS256.publicKey);
  const ODD: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['a number', 7],
    ['a text', 'key'],
    ['a list', []],
    ['an empty object', {}],
    ['an Ed25519 key', { ...jwkOf(edwards.publicKey), kid: 'k' }],
    ['a key of an unknown kind', { kty: 'XYZ', kid: 'k' }],
    ['a key on an unknown curve', { kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA', kid: 'k' }],
    ['a key on P-384', { ...jwkOf(curve384.publicKey), kid: 'k' }],
    ['an RSA key of 1024 bits', { ...jwkOf(small.publicKey), kid: 'k' }],
    ['an RSA key without a modulus', { kty: 'RSA', e: 'AQAB', kid: 'k' }],
    ['broken base64', { ...rsa, n: '!!! not base64 !!!', kid: 'k' }],
    ['a number in place of the modulus', { ...rsa, n: 65537, kid: 'k' }],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA', kid: 'k' }],
    ['a symmetric key that says RS256', { kty: 'oct', k: 'c2VjcmV0', alg: 'RS256', kid: 'k' }],
    ['a private key', { ...jwkOf(other.privateKey), kid: 'k' }],
    ['a key for encryption', { ...rsa, use: 'enc', kid: 'k' }],
    ['a key that only signs', { ...rsa, key_ops: ['sign'], kid: 'k' }],
    ['key_ops that are no list', { ...rsa, key_ops: 'verify', kid: 'k' }],
    ['a key of another algorithm', { ...rsa, alg: 'PS256', kid: 'k' }],
  ];
  let folder = '';
  let file = '';
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'jwks-'));
    file = path.join(folder, 'keys');
  });
  after(() => fs.rm(folder, { recursive: true, force: true }));

  const open = async (
    algorithm: Algorithm,
    content: unknown,
    log = createMemoryLogger(),
  ): Promise<AuthProvider> => {
    if (content !== undefined)
      await fs.writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    const provider = createJwtAuthProvider(
      { algorithm, keyFile: file },
      { clock: createManualClock(NOW * 1000), log, state: createMemoryStateStore() },
    );
    await provider.start(new AbortController().signal);
    return provider;
  };
  const token = (algorithm: Algorithm, key: KeyObject, keyid?: string): string =>
    jwt.sign(CLAIMS, key, {
      algorithm,
      allowInsecureKeySizes: true,
      ...(keyid === undefined ? {} : { keyid }),
    });
  const outcome = (provider: AuthProvider, credential: string): Promise<unknown> =>
    provider.authenticate(credential).then(
      (principal) => principal?.id,
      (error: { detail?: { reason?: string } }) => error.detail?.reason,
    );

  for (const algorithm of ['RS256', 'ES256'] as const)
    for (const [what, odd] of ODD)
      it(`${algorithm}: a good key beside ${what} works, before it and behind it`, async () => {
        const { publicKey, privateKey } = good[algorithm];
        const mine = { ...jwkOf(publicKey), kid: 'mine' };
        for (const keys of [
          [odd, mine],
          [mine, odd],
        ]) {
          const provider = await open(algorithm, { keys });
          expect(await outcome(provider, token(algorithm, privateKey, 'mine'))).to.equal('alice');
          expect(await outcome(provider, token(algorithm, privateKey)), 'without kid').to.equal('alice');
          expect(await outcome(provider, token(algorithm, stranger[algorithm].privateKey, 'k'))).to.be.oneOf([
            'unknown_key',
            'bad_signature',
          ]);
        }
      });

  it('works with any mixture of odd keys around the good one, and tells in the log which are not used', async () => {
    const mine = { ...rsa, kid: 'mine' };
    const credential = token('RS256', good.RS256.privateKey, 'mine');
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...ODD]), fc.nat(20), async (odd, place) => {
        const keys = odd.map(([, key]) => key);
        keys.splice(place % (keys.length + 1), 0, mine);
        const log = createMemoryLogger();
        const provider = await open('RS256', { keys }, log);
        const unused = log
          .lines()
          .flatMap(({ fields }) => (fields?.['unused'] as unknown[] | undefined) ?? []);
        return (
          (await outcome(provider, credential)) === 'alice' && unused.length === Math.min(20, odd.length)
        );
      }),
      { numRuns: 20 },
    );
  });

  it('never checks RS256 with a symmetric key, nor takes HS256 made with the public one', async () => {
    const provider = await open('RS256', { keys: [{ ...rsa, kid: 'mine' }] });
    const pem = good.RS256.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const body = [{ alg: 'HS256', kid: 'mine' }, CLAIMS].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const { createHmac } = await import('node:crypto');
    const forged = [...body, createHmac('sha256', pem).update(body.join('.')).digest('base64url')].join('.');
    expect(await outcome(provider, forged)).to.equal('bad_algorithm');
  });

  it('tries all keys of one name, and all of them for a token without a name', async () => {
    const keys = [other, good.RS256].map(({ publicKey }) => ({ ...jwkOf(publicKey), kid: 'same' }));
    const provider = await open('RS256', { keys });
    for (const kid of ['same', undefined]) {
      expect(await outcome(provider, token('RS256', good.RS256.privateKey, kid))).to.equal('alice');
      expect(await outcome(provider, token('RS256', other.privateKey, kid))).to.equal('alice');
      expect(await outcome(provider, token('RS256', stranger.RS256.privateKey, kid))).to.equal(
        'bad_signature',
      );
    }
    expect(await outcome(provider, token('RS256', good.RS256.privateKey, 'else'))).to.equal('unknown_key');
  });

  it('takes a single key without the list around it', async () => {
    const provider = await open('ES256', jwkOf(good.ES256.publicKey));
    expect(await outcome(provider, token('ES256', good.ES256.privateKey))).to.equal('alice');
  });

  const pem = (key: KeyObject, type: 'spki' | 'pkcs8'): string =>
    key.export({ type, format: 'pem' }) as string;
  const FILES: readonly (readonly [string, unknown, RegExp])[] = [
    ['is empty', '', /is empty/],
    ['is blank', ' \n', /is empty/],
    ['contains a private key', pem(other.privateKey, 'pkcs8'), /private key.*-pubout/],
    ['holds a small key', pem(small.publicKey, 'spki'), /1024 bits/],
    ['holds a key of another kind', pem(edwards.publicKey, 'spki'), /different kind \(ed25519/],
    ['is text', 'hello', /PEM or as JSON/],
    ['is broken JSON', '{"keys": [', /PEM or as JSON/],
    ['is other JSON', '{"jwks": []}', /without a "keys" list/],
    ['has no keys', { keys: [] }, /no key for it/],
    ['has only odd keys', { keys: ODD.map(([, key]) => key) }, /no key for it \(/],
    ['is long', 'x'.repeat(1024 * 1024 + 1), /has 1048577 bytes/],
  ];
  for (const [what, content, pattern] of FILES)
    it(`says so when the file ${what}, with the key, the file, the rule and the remedy`, async () => {
      const error: unknown = await open('RS256', content).catch((cause: unknown) => cause);
      expect(error).to.have.property('code', 'OPTION_INVALID');
      const { message } = error as Error;
      expect(message)
        .to.match(/^jwt\.key_file: /)
        .and.include(file)
        .and.include('PEM or JWKS file with a public key for RS256')
        .and.match(pattern);
      if (typeof content === 'string' && content.length > 20)
        expect(message).not.to.include(content.slice(30, 60));
    });

  it('says so when the file is missing or a folder, and works as soon as it is there', async () => {
    await fs.rm(file, { force: true });
    const provider = createJwtAuthProvider(
      { algorithm: 'ES256', keyFile: file },
      { clock: createManualClock(NOW * 1000), log: createMemoryLogger(), state: createMemoryStateStore() },
    );
    const start = (): Promise<unknown> =>
      provider.start(new AbortController().signal).catch((error: unknown) => error);
    expect(await start())
      .to.have.property('message')
      .that.includes('does not exist');
    await fs.mkdir(file);
    expect(await start())
      .to.have.property('message')
      .that.includes('is a folder');
    const credential = token('ES256', good.ES256.privateKey);
    const refusal: unknown = await provider.authenticate(credential).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'CREDENTIALS_UNAVAILABLE');
    await fs.rmdir(file);
    await fs.writeFile(file, pem(good.ES256.publicKey, 'spki'));
    expect(await start()).to.equal(undefined);
    expect(await outcome(provider, credential)).to.equal('alice');
  });
});
