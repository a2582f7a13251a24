/** An AuthProvider for random keys `csk_<id>_<secret>`, kept as hashes in the StateStore. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import type {
  AuthProvider,
  CredentialChange,
  CredentialRecord,
  IssuedCredential,
  IssueRequest,
  Principal,
} from '../../../ports/auth-provider.js';
import type { Clock } from '../../../ports/clock.js';
import { withDefaults, type CamelCased, type OptionValue } from '../../../ports/options.js';
import { PortError } from '../../../ports/port-error.js';
import { checkIssueRequest } from '../../_shared/issue-request.js';
import { KeyBook, type KeyBookDeps } from './key-book.js';
import { withoutKey, type KeyDocument, type StoredKey } from './key-document.js';
import { API_KEY_OPTIONS } from './options.js';

export const API_KEY_AUTH_PROVIDER = 'api-key';

export type ApiKeyAuthProviderOptions = Partial<CamelCased<OptionValue<typeof API_KEY_OPTIONS>>>;

export type ApiKeyAuthProviderDeps = KeyBookDeps;

const PREFIX = 'csk_';
const SHAPE = /^csk_([0-9a-f]{16})_[\w-]{43}$/;
const MAX_KEYS = 10_000;

export function createApiKeyAuthProvider(
  options: ApiKeyAuthProviderOptions,
  deps: ApiKeyAuthProviderDeps,
): AuthProvider {
  const { refreshMs } = withDefaults(API_KEY_OPTIONS, options);
  return new ApiKeyAuthProvider(refreshMs, deps);
}

class ApiKeyAuthProvider implements AuthProvider {
  readonly name = API_KEY_AUTH_PROVIDER;
  readonly supports = { issue: true, revoke: true };
  readonly #refreshMs: number;
  readonly #clock: Clock;
  readonly #book: KeyBook;

  constructor(refreshMs: number, deps: ApiKeyAuthProviderDeps) {
    this.#refreshMs = refreshMs;
    this.#clock = deps.clock;
    this.#book = new KeyBook(refreshMs, deps);
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#book.open();
  }

  stop(_signal: AbortSignal): Promise<void> {
    return this.#book.close();
  }

  async authenticate(credential: string): Promise<Principal | undefined> {
    if (typeof credential !== 'string' || !credential.startsWith(PREFIX)) return undefined;
    const id = SHAPE.exec(credential)?.[1];
    if (id === undefined) throw refused('malformed');
    const key = await this.#find(id);
    if (key === undefined || !timingSafeEqual(hashOf(credential), key.hash)) throw refused('unknown_key');
    if (this.#hasEnded(key)) throw new PortError('CREDENTIALS_EXPIRED');
    return this.#principalOf(key);
  }

  async recheck({ provider, credentialId }: Principal): Promise<Principal | undefined> {
    if (provider !== this.name || credentialId === undefined) return undefined;
    await this.#book.refresh(this.#refreshMs);
    const key = this.#book.keys.get(credentialId);
    return key === undefined || this.#hasEnded(key) ? undefined : this.#principalOf(key);
  }

  async issue(request: IssueRequest): Promise<IssuedCredential> {
    checkIssueRequest(request);
    const { subject, role, cameras, ttlSeconds } = request;
    const id = randomBytes(8).toString('hex');
    const credential = `${PREFIX}${id}_${randomBytes(32).toString('base64url')}`;
    const createdAt = this.#clock.now();
    const ending = ttlSeconds === undefined ? {} : { expiresAt: createdAt + ttlSeconds * 1000 };
    const record = { id, subject, role, createdAt, ...(cameras === undefined ? {} : { cameras }), ...ending };
    await request.handOver?.(credential);
    await this.#book.change((document) => this.#with(document, { record, hash: hashOf(credential) }));
    return { credential, id, ...ending };
  }

  async list(): Promise<readonly CredentialRecord[]> {
    await this.#book.look();
    return [...this.#book.keys.values()].map(({ record }) => record);
  }

  revoke(id: string): Promise<boolean> {
    return this.#book.change((document) => (document.keys.has(id) ? withoutKey(document, id) : undefined));
  }

  watch(listener: (change: CredentialChange) => void): () => void {
    return this.#book.watch(listener);
  }

  trouble(): string | undefined {
    return this.#book.trouble();
  }

  /** A key that is not known may have been made a moment ago. One look for all who ask at once keeps guessing cheap. */
  async #find(id: string): Promise<StoredKey | undefined> {
    await this.#book.refresh(this.#refreshMs);
    if (!this.#book.keys.has(id)) await this.#book.look();
    return this.#book.keys.get(id);
  }

  #with({ keys, odd }: KeyDocument, key: StoredKey): KeyDocument {
    const kept = keys.size < MAX_KEYS ? keys : [...keys].filter(([, each]) => !this.#hasEnded(each));
    const all = new Map(kept);
    if (all.size >= MAX_KEYS)
      throw new PortError('STORAGE_FAILED', {
        message: `the limit of ${String(MAX_KEYS)} API keys has been reached; revoke some first`,
        detail: { limit: MAX_KEYS },
      });
    return { keys: all.set(key.record.id, key), odd };
  }

  #hasEnded({ record }: StoredKey): boolean {
    return record.expiresAt !== undefined && record.expiresAt <= this.#clock.now();
  }

  #principalOf({ record: { id, subject, role, cameras, expiresAt } }: StoredKey): Principal {
    return {
      id: subject,
      role,
      provider: this.name,
      credentialId: id,
      ...(cameras === undefined ? {} : { cameras }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }
}

function hashOf(credential: string): Buffer {
  return createHash('sha256').update(credential).digest();
}

function refused(reason: string): PortError {
  return new PortError('CREDENTIALS_REFUSED', { detail: { reason } });
}
