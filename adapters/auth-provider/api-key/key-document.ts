/** The stored form of the keys: everything but the secrets, of which only hashes are kept. */
import type { CredentialRecord } from '../../../ports/auth-provider.js';
import { PortError } from '../../../ports/port-error.js';
import { isCameraList, isRole, isSubject, isTime } from '../../_shared/issue-request.js';

export const API_KEYS_DOCUMENT = 'auth.api-keys';

export interface StoredKey {
  readonly record: CredentialRecord;
  /** SHA-256 of the whole key. */
  readonly hash: Buffer;
}

export interface KeyDocument {
  readonly keys: ReadonlyMap<string, StoredKey>;
  /** Entries that cannot be understood. They admit nobody, and are written back as they are: somebody may mend them. */
  readonly odd: readonly unknown[];
}

export const NO_KEYS: KeyDocument = { keys: new Map(), odd: [] };

export function toDocument({ keys, odd }: KeyDocument): unknown {
  const entries = [...keys.values()].map(({ record, hash }) => ({ ...record, hash: hash.toString('hex') }));
  return { version: 1, keys: [...entries, ...odd] };
}

/** @throws PortError `STATE_CORRUPT` for what is no list of keys at all. */
export function fromDocument(document: unknown): KeyDocument {
  if (document === undefined) return NO_KEYS;
  const { version, keys: entries } = (document ?? {}) as { version?: unknown; keys?: unknown };
  if (version !== 1 || !Array.isArray(entries))
    throw new PortError('STATE_CORRUPT', {
      message: 'it is not {"version": 1, "keys": [...]}',
      detail: { key: API_KEYS_DOCUMENT },
    });
  const keys = new Map<string, StoredKey>();
  const odd: unknown[] = [];
  for (const entry of entries as unknown[]) {
    const key = fromEntry(entry);
    if (key === undefined || keys.has(key.record.id)) odd.push(entry);
    else keys.set(key.record.id, key);
  }
  return { keys, odd };
}

/** The document without a key, and without odd entries that claim its id. */
export function withoutKey({ keys, odd }: KeyDocument, id: string): KeyDocument {
  const isOther = (entry: unknown): boolean => (entry as { id?: unknown } | null)?.id !== id;
  return { keys: new Map([...keys].filter(([each]) => each !== id)), odd: odd.filter(isOther) };
}

function fromEntry(entry: unknown): StoredKey | undefined {
  const { id, subject, role, cameras, createdAt, expiresAt, hash } = (entry ?? {}) as Record<string, unknown>;
  if (
    typeof id !== 'string' ||
    !/^[0-9a-f]{16}$/.test(id) ||
    !isSubject(subject) ||
    !isRole(role) ||
    !(cameras === undefined || isCameraList(cameras)) ||
    !isTime(createdAt) ||
    !(expiresAt === undefined || isTime(expiresAt)) ||
    typeof hash !== 'string' ||
    !/^[0-9a-f]{64}$/.test(hash)
  )
    return undefined;
  const optional = {
    ...(cameras === undefined ? {} : { cameras }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return { record: { id, subject, role, createdAt, ...optional }, hash: Buffer.from(hash, 'hex') };
}
