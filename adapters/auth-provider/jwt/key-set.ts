/** A JSON Web Key Set as the source of verification keys. */
import { KeyObject } from 'node:crypto';

import { createLocalJWKSet, errors, type CryptoKey, type JWK } from 'jose';

import {
  faultOfKey,
  KeyFault,
  type KeyFinder,
  type PublicAlgorithm,
  type PublicKeys,
  type UnusedKey,
} from './key-fitness.js';

/** Keys without a name, or of one name, are tried one after the other; more of them would make every forged token expensive. */
const MAX_CANDIDATES = 16;

/** Takes the keys of a set one by one: what one of them is does not matter to the others (RFC 7517, section 5). */
export async function fromJwks(text: string, algorithm: PublicAlgorithm): Promise<PublicKeys> {
  const usable: JWK[] = [];
  const unused: UnusedKey[] = [];
  for (const entry of entriesOf(JSON.parse(text))) {
    const why = await whyUnused(entry, algorithm);
    if (why === undefined) usable.push(entry as JWK);
    else unused.push({ kid: String((entry as JWK | null)?.kid ?? '').slice(0, 100), why });
  }
  if (usable.length === 0) {
    const reasons = [...new Set(unused.map(({ why }) => why))].slice(0, 3).join(', ');
    throw new KeyFault(`contains no key for it${reasons === '' ? '' : ` (${reasons})`}`);
  }
  return { find: finderOf(usable, algorithm), unused };
}

function entriesOf(document: unknown): readonly unknown[] {
  const { keys, kty } = document as { keys?: unknown; kty?: unknown };
  if (Array.isArray(keys)) return keys;
  // A single key is written without the list around it by some.
  if (typeof kty === 'string') return [document];
  throw new KeyFault('is JSON without a "keys" list');
}

function finderOf(keys: JWK[], alg: PublicAlgorithm): KeyFinder {
  const select = createLocalJWKSet({ keys });
  return async (kid) => {
    try {
      return [toKeyObject(await select({ alg, ...(kid === undefined ? {} : { kid }) }))];
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
      const several: KeyObject[] = [];
      for await (const key of error) if (several.length < MAX_CANDIDATES) several.push(toKeyObject(key));
      return several;
    }
  };
}

/** Whether jose would choose this key for the algorithm if it were the only one, and whether it is strong enough. */
async function whyUnused(entry: unknown, alg: PublicAlgorithm): Promise<string | undefined> {
  try {
    const key = toKeyObject(await createLocalJWKSet({ keys: [entry as JWK] })({ alg }));
    return faultOfKey(key, alg);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'a key of a different kind or use';
    if ((entry as JWK | null)?.d !== undefined) return 'a private key';
    return 'a malformed key';
  }
}

const converted = new WeakMap<CryptoKey, KeyObject>();

/** jose caches what it hands out, so each key is converted once. */
function toKeyObject(key: CryptoKey): KeyObject {
  const known = converted.get(key) ?? KeyObject.from(key);
  converted.set(key, known);
  return known;
}
