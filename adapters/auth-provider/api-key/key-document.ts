/** The stored form of the keys: everything but the secrets, of which only hashes are kept. */
import type { CredentialRecord } from '../../../ports/auth-provider.js';
import { PortError } from '../../../ports/port-error.js';
import { isCameraList, isRole, isSubject } from '../../_shared/issue-request.js';

export const API_KEYS_DOCUMENT = 'auth.api-keys';

export interface StoredKey {
  readonly record: CredentialRecord;
  /** SHA-256 of the whole key. */
  readonly hash: Buffer;
}

export function toDocument(keys: Iterable<StoredKey>): unknown {
  return {
    version: 1,
    keys: [...keys].map(({ record, hash }) => ({ ...record, hash: hash.toString('hex') })),
  };
}

/** @throws PortError `STATE_CORRUPT`. */
export function fromDocument(document: unknown): Map<string, StoredKey> {
  if (document === undefined) return new Map();
  const { version, keys } = (document ?? {}) as { version?: unknown; keys?: unknown };
  if (version !== 1 || !Array.isArray(keys)) throw corrupt();
  return new Map(keys.map((entry) => fromEntry(entry)).map((key) => [key.record.id, key]));
}

function fromEntry(entry: unknown): StoredKey {
  const { id, subject, role, cameras, createdAt, expiresAt, hash } = (entry ?? {}) as Record<string, unknown>;
  const isRight =
    typeof id === 'string' &&
    isSubject(subject) &&
    isRole(role) &&
    (cameras === undefined || isCameraList(cameras)) &&
    typeof createdAt === 'number' &&
    (expiresAt === undefined || typeof expiresAt === 'number') &&
    typeof hash === 'string' &&
    /^[0-9a-f]{64}$/.test(hash);
  if (!isRight) throw corrupt();
  const optional = {
    ...(cameras === undefined ? {} : { cameras }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return { record: { id, subject, role, createdAt, ...optional }, hash: Buffer.from(hash, 'hex') };
}

function corrupt(): PortError {
  return new PortError('STATE_CORRUPT', { detail: { key: API_KEYS_DOCUMENT } });
}
