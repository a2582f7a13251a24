/** An AuthProvider with credentials in memory: `mem_<id>_<secret>`, forgotten at the end of the process. */
import { createHash, randomBytes } from 'node:crypto';

import type {
  AuthProvider,
  CredentialChange,
  CredentialRecord,
  IssuedCredential,
  IssueRequest,
  Principal,
} from '../../../ports/auth-provider.js';
import type { Clock } from '../../../ports/clock.js';
import { PortError } from '../../../ports/port-error.js';
import { checkIssueRequest } from '../../_shared/issue-request.js';

export const MEMORY_AUTH_PROVIDER = 'memory';

export interface MemoryAuthProviderOptions {
  /** Credentials that hold without being issued, for demos and tests: the text and who it is. */
  readonly fixed?: ReadonlyMap<string, Omit<Principal, 'provider'>>;
}

const SHAPE = /^mem_([0-9a-f]{16})_[0-9a-f]{64}$/;
const MAX_RECORDS = 10_000;

interface Kept {
  readonly record: CredentialRecord;
  readonly digest: string;
}

export function createMemoryAuthProvider(
  options: MemoryAuthProviderOptions,
  deps: { readonly clock: Clock },
): AuthProvider {
  return new MemoryAuthProvider(options, deps.clock);
}

class MemoryAuthProvider implements AuthProvider {
  readonly name = MEMORY_AUTH_PROVIDER;
  readonly supports = { issue: true, revoke: true };
  readonly #fixed: ReadonlyMap<string, Omit<Principal, 'provider'>>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  readonly #listeners = new Set<(change: CredentialChange) => void>();

  constructor({ fixed = new Map() }: MemoryAuthProviderOptions, clock: Clock) {
    this.#fixed = fixed;
    this.#clock = clock;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  stop(_signal: AbortSignal): Promise<void> {
    return Promise.resolve();
  }

  async authenticate(credential: string): Promise<Principal | undefined> {
    if (typeof credential !== 'string') return undefined;
    const now = this.#clock.now();
    const fixed = this.#fixed.get(credential);
    if (fixed !== undefined) return admit(fixedPrincipal(credential, fixed), now);
    const id = SHAPE.exec(credential)?.[1];
    if (id === undefined) return undefined;
    const found = this.#kept.get(id);
    if (found?.digest !== digestOf(credential))
      throw new PortError('CREDENTIALS_REFUSED', { detail: { reason: 'unknown_key' } });
    return admit(principalOf(found.record), now);
  }

  async recheck(principal: Principal): Promise<Principal | undefined> {
    const { credentialId = '' } = principal;
    const now = this.#clock.now();
    const found = this.#kept.get(credentialId);
    if (found !== undefined) return isOver(found.record, now) ? undefined : principalOf(found.record);
    for (const [text, fixed] of this.#fixed) {
      const known = fixedPrincipal(text, fixed);
      if (known.credentialId === credentialId) return isOver(known, now) ? undefined : known;
    }
    return undefined;
  }

  async issue(request: IssueRequest): Promise<IssuedCredential> {
    checkIssueRequest(request);
    const { credential, record } = newCredential(request, this.#clock.now());
    await request.handOver?.(credential);
    dropExpired(this.#kept, this.#clock.now());
    if (this.#kept.size >= MAX_RECORDS)
      throw new PortError('STORAGE_FAILED', {
        message: 'too many credentials',
        detail: { limit: MAX_RECORDS },
      });
    this.#kept.set(record.id, { record, digest: digestOf(credential) });
    const { id, expiresAt } = record;
    return { id, credential, ...(expiresAt === undefined ? {} : { expiresAt }) };
  }

  async list(): Promise<readonly CredentialRecord[]> {
    return [...this.#kept.values()].map(({ record }) => record);
  }

  async revoke(id: string): Promise<boolean> {
    if (!this.#kept.delete(id)) return false;
    for (const listener of [...this.#listeners]) listener({ credentialId: id });
    return true;
  }

  watch(listener: (change: CredentialChange) => void): () => void {
    const own = (change: CredentialChange): void => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }
}

function newCredential(
  { subject, role, cameras, ttlSeconds }: IssueRequest,
  createdAt: number,
): { readonly credential: string; readonly record: CredentialRecord } {
  const id = randomBytes(8).toString('hex');
  const record = {
    id,
    subject,
    role,
    createdAt,
    ...(cameras === undefined ? {} : { cameras: [...cameras] }),
    ...(ttlSeconds === undefined ? {} : { expiresAt: createdAt + ttlSeconds * 1000 }),
  };
  return { credential: `mem_${id}_${randomBytes(32).toString('hex')}`, record };
}

function principalOf({ id, subject, role, cameras, expiresAt }: CredentialRecord): Principal {
  return {
    id: subject,
    role,
    credentialId: id,
    ...(cameras === undefined ? {} : { cameras }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    provider: MEMORY_AUTH_PROVIDER,
  };
}

function fixedPrincipal(text: string, fixed: Omit<Principal, 'provider'>): Principal {
  return { credentialId: digestOf(text).slice(0, 16), ...fixed, provider: MEMORY_AUTH_PROVIDER };
}

function isOver({ expiresAt = Infinity }: { readonly expiresAt?: number }, now: number): boolean {
  return expiresAt <= now;
}

function admit(principal: Principal, now: number): Principal {
  if (isOver(principal, now)) throw new PortError('CREDENTIALS_EXPIRED');
  return principal;
}

function dropExpired(kept: Map<string, Kept>, now: number): void {
  if (kept.size < MAX_RECORDS) return;
  for (const [id, { record }] of kept) if (isOver(record, now)) kept.delete(id);
}

function digestOf(credential: string): string {
  return createHash('sha256').update(credential).digest('hex');
}
