/** An AuthProvider with credentials in memory: `mem_<id>_<secret>`, forgotten at the end of the process. */
import { createHash, randomBytes } from 'node:crypto';

import type {
  AuthProvider,
  CredentialRecord,
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
  const { clock } = deps;
  const kept = new Map<string, Kept>();
  return {
    name: MEMORY_AUTH_PROVIDER,
    supports: { issue: true, revoke: true },
    async start(signal) {
      signal.throwIfAborted();
    },
    stop: () => Promise.resolve(),
    async authenticate(credential) {
      if (typeof credential !== 'string') return undefined;
      const fixed = options.fixed?.get(credential);
      if (fixed !== undefined) return admit({ ...fixed, provider: MEMORY_AUTH_PROVIDER }, clock.now());
      const id = SHAPE.exec(credential)?.[1];
      return id === undefined ? undefined : admit(principalOf(kept.get(id), credential), clock.now());
    },
    async issue(request) {
      checkIssueRequest(request);
      dropExpired(kept, clock.now());
      if (kept.size >= MAX_RECORDS)
        throw new PortError('STORAGE_FAILED', {
          message: 'too many credentials',
          detail: { limit: MAX_RECORDS },
        });
      const { credential, record } = newCredential(request, clock.now());
      kept.set(record.id, { record, digest: digestOf(credential) });
      const { id, expiresAt } = record;
      return { id, credential, ...(expiresAt === undefined ? {} : { expiresAt }) };
    },
    list: async () => [...kept.values()].map(({ record }) => record),
    revoke: async (id) => kept.delete(id),
  };
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

function principalOf(found: Kept | undefined, credential: string): Principal {
  if (found?.digest !== digestOf(credential))
    throw new PortError('CREDENTIALS_REFUSED', { detail: { reason: 'unknown_key' } });
  const { subject, role, cameras, expiresAt } = found.record;
  return {
    id: subject,
    role,
    ...(cameras === undefined ? {} : { cameras }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    provider: MEMORY_AUTH_PROVIDER,
  };
}

function admit(principal: Principal, now: number): Principal {
  if (principal.expiresAt !== undefined && principal.expiresAt <= now)
    throw new PortError('CREDENTIALS_EXPIRED');
  return principal;
}

function dropExpired(kept: Map<string, Kept>, now: number): void {
  if (kept.size < MAX_RECORDS) return;
  for (const [id, { record }] of kept) if ((record.expiresAt ?? Infinity) <= now) kept.delete(id);
}

function digestOf(credential: string): string {
  return createHash('sha256').update(credential).digest('hex');
}
