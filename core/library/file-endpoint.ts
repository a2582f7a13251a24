import type {
  ByteRange,
  Clock,
  FileDownload,
  FileEndpoint,
  FileRequest,
  FileStore,
  Logger,
  PreviewRequest,
  Principal,
  Role,
  RpcFailure,
  RpcOutcome,
} from '../../ports/index.js';
import type { AuditSink } from '../audit/audit-trail.js';
import type { AuthService } from '../auth/auth-service.js';
import { roleAllows } from '../auth/roles.js';
import type { Tickets } from '../auth/tickets.js';
import { fileNotFound, ServiceError } from '../errors/service-error.js';
import { FailureReport, toFailure } from '../errors/failure.js';
import { isErrorCode } from '../errors/codes.js';
import type { IndexedFile } from '../files/file-note.js';
import { isFileName } from '../validation/schema.js';
import { mayKnow, type FileLibrary } from './file-library.js';
import type { Previews } from './previews.js';
import { contentTypeOf, withoutExtension } from '../files/file-names.js';

export interface FileEndpointDeps {
  readonly library: FileLibrary;
  readonly files: FileStore;
  readonly auth: AuthService;
  readonly tickets: Tickets;
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit?: AuditSink;
  /** Without it there are no images of recordings. */
  readonly previews?: Previews;
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
      const file = await this.#deps.library.get(request.kind, request.filename, principal);
      return this.#download(file, principal);
    });
    return outcome.ok ? { ok: true, file: outcome.value } : outcome;
  }

  async preview(request: PreviewRequest): ReturnType<FileEndpoint['open']> {
    const outcome = await this.#attempt(request, crypto.randomUUID(), async () => {
      const principal = await this.#reader(request);
      const file = await this.#deps.library.get(request.kind, request.filename, principal);
      if (file.kind !== 'recordings' || !this.#deps.previews) throw fileNotFound(request.filename);
      return await this.#image(file, request, this.#deps.previews);
    });
    return outcome.ok ? { ok: true, file: outcome.value } : outcome;
  }

  async #image(file: IndexedFile, request: PreviewRequest, previews: Previews): Promise<FileDownload> {
    const jpeg = await previews.of(file, request);
    const size = jpeg.byteLength;
    const mark = [file.createdAt, request.atSeconds * 10, request.width ?? 0, size];
    return {
      filename: `${withoutExtension(file.filename)}.jpg`,
      contentType: 'image/jpeg',
      sizeBytes: size,
      modifiedAt: file.createdAt,
      etag: `"${mark.map((each) => Math.round(each).toString(16)).join('-')}"`,
      read: async function* ({ first, last } = { first: 0, last: size - 1 }) {
        yield jpeg.subarray(first, last + 1);
      },
    };
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
