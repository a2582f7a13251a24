import type {
  ByteRange,
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
import type { AuthService } from '../auth/auth-service.js';
import { roleAllows } from '../auth/roles.js';
import type { Tickets } from '../auth/tickets.js';
import { fileNotFound, ServiceError } from '../errors/service-error.js';
import { FailureReport, toFailure } from '../errors/failure.js';
import type { IndexedFile } from './file-index.js';
import { mayKnow, type FileLibrary } from './file-library.js';
import { contentTypeOf } from './file-names.js';

export interface FileEndpointDeps {
  readonly library: FileLibrary;
  readonly files: FileStore;
  readonly auth: AuthService;
  readonly tickets: Tickets;
  readonly log: Logger;
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
    const outcome = await this.#attempt(request, async () => {
      const principal = await this.#reader(request);
      const file = await this.#deps.library.get(request.kind, request.filename, principal);
      return this.#download(file, principal);
    });
    return outcome.ok ? { ok: true, file: outcome.value } : outcome;
  }

  async remove(request: FileRequest): Promise<RpcOutcome> {
    const outcome = await this.#attempt(request, async () => {
      const principal = await this.#login(request);
      requireRole(principal, 'operator');
      await this.#deps.library.remove(request.kind, request.filename, principal);
      return { filename: request.filename, deleted: true };
    });
    return outcome.ok ? { ok: true, result: outcome.value } : outcome;
  }

  /** The bearer of a ticket is worth what the credential is worth that the ticket was issued for, for this one file. */
  async #reader(request: FileRequest): Promise<Principal> {
    if (request.ticket !== undefined) {
      const bearer = await this.#deps.tickets.verify(request.ticket, request);
      if (bearer !== undefined) return await this.#deps.auth.recheck(bearer);
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

  #download(file: IndexedFile, principal: Principal): FileDownload {
    const { filename, sizeBytes, modifiedAt } = file;
    return {
      filename,
      contentType: contentTypeOf(filename),
      sizeBytes,
      modifiedAt,
      etag: `"${sizeBytes.toString(16)}-${Math.round(modifiedAt).toString(16)}"`,
      read: (range) => this.#read(file, principal, range),
    };
  }

  /** The bytes, for as long as the principal may have them. */
  async *#read(file: IndexedFile, principal: Principal, range?: ByteRange): AsyncIterable<Uint8Array> {
    const lease = this.#deps.auth.hold(principal);
    try {
      for await (const chunk of this.#deps.files.read(file.kind, file.filename, range)) {
        lease.assertHolds();
        if (!mayKnow(file, lease.principal)) throw fileNotFound(file.filename);
        yield chunk;
      }
    } finally {
      lease.release();
    }
  }

  async #attempt<T>(request: FileRequest, task: () => Promise<T>): Promise<Attempt<T>> {
    try {
      return { ok: true, value: await task() };
    } catch (cause) {
      const requestId = crypto.randomUUID();
      const call = { method: `files/${request.kind}`, params: { filename: request.filename } };
      const error = this.#failures.explain(cause, { request: call, requestId, connection: NEVER });
      return { ok: false, error: toFailure(error, requestId) };
    }
  }
}

type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: RpcFailure };

const NEVER = new AbortController().signal;

function requireRole(principal: Principal, required: Role): void {
  if (roleAllows(principal.role, required)) return;
  throw new ServiceError('PERMISSION_DENIED', { required_role: required, have_role: principal.role });
}
