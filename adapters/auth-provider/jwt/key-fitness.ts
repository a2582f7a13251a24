/** Which public keys fit which algorithm, and what is said of those that do not. */
import type { KeyObject } from 'node:crypto';

export type JwtAlgorithm = 'HS256' | 'RS256' | 'ES256';
export type PublicAlgorithm = Exclude<JwtAlgorithm, 'HS256'>;

/** The keys that may have signed a token with this `kid`; a single key fits every token. */
export type KeyFinder = (kid: string | undefined) => Promise<readonly KeyObject[]>;

/** A key of a key set that is not used, and why. */
export interface UnusedKey {
  readonly kid: string;
  readonly why: string;
}

export interface PublicKeys {
  readonly find: KeyFinder;
  readonly unused: readonly UnusedKey[];
}

export const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2048;
export const FITS: Readonly<Record<PublicAlgorithm, string>> = {
  RS256: `RSA of at least ${String(MIN_RSA_BITS)} bits`,
  ES256: 'an elliptic curve, P-256',
};

/** Says what is wrong with a key file, as the end of a sentence that begins with its name. Never quotes it. */
export class KeyFault extends Error {
  override readonly name = 'KeyFault';
}

export function isKeyFault(error: unknown): error is KeyFault {
  return error instanceof Error && error.name === 'KeyFault';
}

export function faultOfKey(key: KeyObject, algorithm: PublicAlgorithm): string | undefined {
  const { asymmetricKeyType: type = 'secret', asymmetricKeyDetails: facts } = key;
  const bits = facts?.modulusLength ?? 0;
  if (algorithm === 'RS256' && type === 'rsa')
    return bits >= MIN_RSA_BITS ? undefined : `an RSA key of ${String(bits)} bits`;
  if (algorithm === 'ES256' && type === 'ec' && facts?.namedCurve === 'prime256v1') return undefined;
  return `a key of a different kind (${[type, facts?.namedCurve].filter(Boolean).join(' ')})`;
}
