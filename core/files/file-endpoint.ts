import type {
  Clock,
  FileDownload,
  FileEndpoint,
  FileRequest,
  FileStore,
  Logger,
  Principal,
  Role,
  RpcFailure,
  RpcOutcome,
} from '../../ports/index.js';
import type { AuditSink } from '../audit/audit-trail.js';
import type { AuthService } from '../auth/auth-service.js';
import { roleAllows } from '../auth/roles.js';
import type { Tickets } from '../auth/tickets.js';
import { ServiceError } from '../errors/service-error.js';
import { FailureReport, toFailure } from '../rpc/failure.js';
import { isErrorCode } from '../errors/codes.js';
import type { IndexedFile } from './file-index.js';
import { isFileName } from '../rpc/validation.js';
import type { FileLibrary } from './file-library.js';
import { contentTypeOf } from './file-names.js';

export interface FileEndpointDeps {
  readonly library: FileLibrary;
  readonly files: FileStore;
  readonly auth: AuthService;
  readonly tickets: Tickets;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit?: AuditSink;
}

/** Files for transports: the same credentials, roles and camera scope as calls. */
export class Files implements FileEndpoint {
  readonly #deps: FileEndpointDeps;
  readonly #failures: FailureReport;

  constructor(deps: FileEndpointDeps) {
    this.#deps = deps;
    this.#failures = new FailureReport(deps.log);
  }

  async open(request: FileRequest): ReturnType<FileEndpoint['open']> {
    const outcome = await this.#attempt(request, crypto.randomUUID(), async () => {
      const principal = await this.#reader(request);
      return this.#download(await this.#deps.library.get(request.kind, request.filename, principal));
    });
    return outcome.ok ? { ok: true, file: outcome.value } : outcome;
  }

  async remove(request: FileRequest): Promise<RpcOutcome> {
    const removal: Removal = {
      request,
      requestId: crypto.randomUUID(),
      startedAt: this.#deps.clock.monotonicMs(),
    };
    const outcome = await this.#attempt(request, removal.requestId, async () => {
      removal.principal = await this.#login(request);
      requireRole(removal.principal, 'operator');
      removal.isAllowed = true;
      await this.#deps.library.remove(request.kind, request.filename, removal.principal);
      return { filename: request.filename, deleted: true };
    });
    this.#trail(removal, outcome.ok ? 'ok' : outcome.error.data.code);
    return outcome.ok ? { ok: true, result: outcome.value } : outcome;
  }

  /** @returns `undefined` for the bearer of a ticket: it stands for this one file, whoever holds it. */
  async #reader(request: FileRequest): Promise<Principal | undefined> {
    if (request.ticket !== undefined) {
      if (await this.#deps.tickets.verify(request.ticket, request)) return undefined;
      throw new ServiceError('AUTH_FAILED', { reason: 'ticket_invalid_or_expired' });
    }
    const principal = await this.#login(request);
    requireRole(principal, 'viewer');
    return principal;
  }

  async #login(request: FileRequest): Promise<Principal> {
    if (request.credential === undefined)
      throw new ServiceError('AUTH_REQUIRED', { reason: 'no_credential' });
    return await this.#deps.auth.login(request.credential, request.address);
  }

  #download(file: IndexedFile): FileDownload {
    const { kind, filename, sizeBytes, modifiedAt } = file;
    return {
      filename,
      contentType: contentTypeOf(filename),
      sizeBytes,
      modifiedAt,
      etag: `"${sizeBytes.toString(16)}-${Math.round(modifiedAt).toString(16)}"`,
      read: (range) => this.#deps.files.read(kind, filename, range),
    };
  }

  async #attempt<T>(request: FileRequest, requestId: string, task: () => Promise<T>): Promise<Attempt<T>> {
    try {
      return { ok: true, value: await task() };
    } catch (cause) {
      const call = { method: `files/${request.kind}`, params: { filename: request.filename } };
      const error = this.#failures.explain(cause, { request: call, requestId, connection: NEVER });
      return { ok: false, error: toFailure(error, requestId) };
    }
  }

  /** In the same words as the method that does the same. */
  #trail({ request, requestId, startedAt, principal, isAllowed }: Removal, outcome: string): void {
    const { audit, clock } = this.#deps;
    const isNamed = isAllowed === true && isFileName(request.filename);
    audit?.record({
      at: clock.now(),
      kind: 'call',
      requestId,
      method: request.kind === 'recordings' ? 'delete_recording' : 'delete_snapshot',
      outcome: outcome === 'ok' || isErrorCode(outcome) ? outcome : 'INTERNAL',
      principal,
      transport: 'http',
      address: request.address,
      accepted: isNamed ? { filename: request.filename } : undefined,
      recorded: ['filename'],
      durationMs: clock.monotonicMs() - startedAt,
    });
  }
}

/** A removal on its way, for the audit trail. */
interface Removal {
  readonly request: FileRequest;
  readonly requestId: string;
  readonly startedAt: number;
  principal?: Principal;
  isAllowed?: boolean;
}

type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: RpcFailure };

const NEVER = new AbortController().signal;

function requireRole(principal: Principal, required: Role): void {
  if (roleAllows(principal.role, required)) return;
  throw new ServiceError('PERMISSION_DENIED', { required_role: required, have_role: principal.role });
}
