/** An AuthProvider for random keys `csk_<id>_<secret>`, kept as hashes in the StateStore. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import type {
  AuthProvider,
  CredentialRecord,
  IssuedCredential,
  IssueRequest,
  Principal,
} from '../../../ports/auth-provider.js';
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import { withDefaults, type CamelCased, type OptionValue } from '../../../ports/options.js';
import { isPortError, PortError } from '../../../ports/port-error.js';
import type { StateStore } from '../../../ports/state-store.js';
import { checkIssueRequest } from '../../_shared/issue-request.js';
import { API_KEY_OPTIONS } from './options.js';
import { API_KEYS_DOCUMENT, fromDocument, toDocument, type StoredKey } from './key-document.js';

export const API_KEY_AUTH_PROVIDER = 'api-key';

export type ApiKeyAuthProviderOptions = Partial<CamelCased<OptionValue<typeof API_KEY_OPTIONS>>>;

export interface ApiKeyAuthProviderDeps {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const PREFIX = 'csk_';
const SHAPE = /^csk_([0-9a-f]{16})_[\w-]{43}$/;
const MAX_KEYS = 10_000;
/** An unknown key may have been made a moment ago; guessing must not turn into reading the disk without end. */
const UNKNOWN_REFRESH_MS = 1000;

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
  readonly #deps: ApiKeyAuthProviderDeps;
  #keys = new Map<string, StoredKey>();
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(refreshMs: number, deps: ApiKeyAuthProviderDeps) {
    this.#refreshMs = refreshMs;
    this.#deps = deps;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#load();
  }

  stop(_signal: AbortSignal): Promise<void> {
    return Promise.resolve();
  }

  async authenticate(credential: string): Promise<Principal | undefined> {
    if (typeof credential !== 'string' || !credential.startsWith(PREFIX)) return undefined;
    const id = SHAPE.exec(credential)?.[1];
    if (id === undefined) throw refused('malformed');
    await this.#refresh(this.#keys.has(id) ? this.#refreshMs : Math.min(UNKNOWN_REFRESH_MS, this.#refreshMs));
    const key = this.#keys.get(id);
    if (key === undefined || !timingSafeEqual(hashOf(credential), key.hash)) throw refused('unknown_key');
    const { subject, role, cameras, expiresAt } = key.record;
    if (expiresAt !== undefined && expiresAt <= this.#deps.clock.now())
      throw new PortError('CREDENTIALS_EXPIRED');
    return {
      id: subject,
      role,
      provider: this.name,
      ...(cameras === undefined ? {} : { cameras }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }

  async issue(request: IssueRequest): Promise<IssuedCredential> {
    checkIssueRequest(request);
    const { subject, role, cameras, ttlSeconds } = request;
    const id = randomBytes(8).toString('hex');
    const credential = `${PREFIX}${id}_${randomBytes(32).toString('base64url')}`;
    const createdAt = this.#deps.clock.now();
    const ending = ttlSeconds === undefined ? {} : { expiresAt: createdAt + ttlSeconds * 1000 };
    const record = { id, subject, role, createdAt, ...(cameras === undefined ? {} : { cameras }), ...ending };
    await this.#change((keys) => {
      if (keys.size >= MAX_KEYS)
        throw new PortError('STORAGE_FAILED', { message: 'too many keys', detail: { limit: MAX_KEYS } });
      keys.set(id, { record, hash: hashOf(credential) });
      return true;
    });
    return { credential, id, ...ending };
  }

  async list(): Promise<readonly CredentialRecord[]> {
    await this.#refresh(0);
    return [...this.#keys.values()].map(({ record }) => record);
  }

  revoke(id: string): Promise<boolean> {
    return this.#change((keys) => keys.delete(id));
  }

  /** Reads what is stored, applies the change, stores it: one at a time, so that none is lost within this process. */
  #change(apply: (keys: Map<string, StoredKey>) => boolean): Promise<boolean> {
    const run = async (): Promise<boolean> => {
      await this.#load();
      const keys = new Map(this.#keys);
      if (!apply(keys)) return false;
      await this.#deps.state.write(API_KEYS_DOCUMENT, toDocument(keys.values()));
      this.#keys = keys;
      return true;
    };
    const result = this.#changing.then(run, run);
    this.#changing = result.catch(() => undefined);
    return result;
  }

  async #load(): Promise<void> {
    this.#keys = fromDocument(await this.#deps.state.read(API_KEYS_DOCUMENT));
    this.#readAt = this.#deps.clock.monotonicMs();
  }

  /** Reads again what is older than `maxAgeMs`; a disk that fails for a moment does not lock everybody out. */
  async #refresh(maxAgeMs: number): Promise<void> {
    if (this.#deps.clock.monotonicMs() - this.#readAt < maxAgeMs) return;
    this.#reading ??= this.#changing
      .then(() => this.#load())
      .catch((error: unknown) => {
        this.#readAt = this.#deps.clock.monotonicMs();
        // A damaged document says nothing about who may come in: nobody, until keys are made again.
        if (isPortError(error, 'STATE_CORRUPT')) this.#keys = new Map();
        this.#deps.log.error('the stored API keys cannot be read', { error });
      })
      .finally(() => (this.#reading = undefined));
    await this.#reading;
  }
}

function hashOf(credential: string): Buffer {
  return createHash('sha256').update(credential).digest();
}

function refused(reason: string): PortError {
  return new PortError('CREDENTIALS_REFUSED', { detail: { reason } });
}
