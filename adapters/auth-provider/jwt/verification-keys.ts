/** The keys that signatures are checked with, for one pinned algorithm. */
import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promises as fs } from 'node:fs';

import { PortError } from '../../../ports/port-error.js';

export type JwtAlgorithm = 'HS256' | 'RS256' | 'ES256';

/** The key for a token's `kid`; a single key fits every token. */
export type KeyFinder = (kid: string | undefined) => KeyObject | undefined;

const MIN_SECRET_BYTES = 32;

/** @throws PortError `OPTION_INVALID` for a secret that is too short. */
export function secretKey(secret: string): KeyObject {
  const bytes = Buffer.from(secret, 'utf8');
  if (bytes.byteLength < MIN_SECRET_BYTES)
    throw new PortError('OPTION_INVALID', {
      message: `the secret needs at least ${MIN_SECRET_BYTES} bytes`,
      detail: { option: 'secret', rule: `at least ${MIN_SECRET_BYTES} bytes` },
    });
  return createSecretKey(bytes);
}

/** Reads a PEM file (one key) or a JWKS file (several). @throws PortError `OPTION_INVALID`. */
export async function publicKeys(file: string, algorithm: JwtAlgorithm): Promise<KeyFinder> {
  try {
    const text = await fs.readFile(file, 'utf8');
    if (text.trimStart().startsWith('{')) return fromJwks(text, algorithm);
    const key = fitting(createPublicKey(text), algorithm);
    return () => key;
  } catch (cause) {
    throw new PortError('OPTION_INVALID', {
      message: `the key file cannot be used for ${algorithm}`,
      cause,
      detail: { option: 'key_file', rule: `a PEM or JWKS file with a public key for ${algorithm}` },
    });
  }
}

function fromJwks(text: string, algorithm: JwtAlgorithm): KeyFinder {
  const { keys } = JSON.parse(text) as {
    keys?: (JsonWebKey & { kid?: string; use?: string; alg?: string })[];
  };
  const usable = (keys ?? []).filter(
    ({ use, alg }) => (use === undefined || use === 'sig') && (alg === undefined || alg === algorithm),
  );
  const found = new Map<string | undefined, KeyObject>();
  for (const jwk of usable)
    found.set(jwk.kid, fitting(createPublicKey({ key: jwk, format: 'jwk' }), algorithm));
  const only = found.size === 1 ? [...found.values()][0] : undefined;
  if (found.size === 0) throw new Error('no key of this algorithm');
  return (kid) => (kid === undefined ? only : found.get(kid));
}

function fitting(key: KeyObject, algorithm: JwtAlgorithm): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: facts } = key;
  const isFit =
    algorithm === 'RS256'
      ? type === 'rsa' && (facts?.modulusLength ?? 0) >= 2048
      : type === 'ec' && facts?.namedCurve === 'prime256v1';
  if (!isFit) throw new Error(`a ${type ?? 'secret'} key does not fit ${algorithm}`);
  return key;
}
