import type { Clock, FileKind, FileStore, MediaFacts, MediaTool, Principal } from '../../ports/index.js';
import { isPortError } from '../../ports/index.js';
import { maySee } from '../auth/roles.js';
import type { Tickets, TicketSubject } from '../auth/tickets.js';
import { dependencyFailed, fileNotFound, fromPortError, ServiceError } from '../errors/service-error.js';
import { DeadlineError, withDeadline } from '../lifecycle/deadline.js';
import type { RecordingService } from '../recordings/recording-service.js';
import { recordingInProgress } from '../recordings/failures.js';
import { withoutExtension } from '../files/file-names.js';
import type { FileExaminer } from '../integrity/file-examiner.js';
import type { FileIndex } from '../files/file-index.js';
import type { IndexedFile } from '../files/file-note.js';
import type { RetentionStore } from '../retention/retention-store.js';

export interface ListQuery {
  readonly limit: number;
  readonly offset: number;
  readonly camera?: string | undefined;
  /** Milliseconds since 1970; compared with when a file begins. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly order: 'newest' | 'oldest';
  /** What the files are sorted by; `newest` is then the descending order. Default: when they begin. */
  readonly sort?: FileOrder | undefined;
}

/** What a listing can be sorted by. */
export const FILE_ORDERS = ['time', 'name', 'device', 'size', 'duration'] as const;
export type FileOrder = (typeof FILE_ORDERS)[number];

export interface LibraryDeps {
  readonly index: FileIndex;
  readonly files: FileStore;
  readonly recordings: RecordingService;
  readonly wishes: Pick<RetentionStore, 'isProtected' | 'protect'>;
  readonly tool: MediaTool;
  readonly tickets: Tickets;
  /** Computes the SHA-256 of what is asked for. */
  readonly examiner: Pick<FileExaminer, 'want'>;
  readonly clock: Clock;
}

const INSPECT_LIMIT_MS = 10_000;

/** Files as a principal may see them: by listing, one by one, and to delete. */
export class FileLibrary {
  readonly #deps: LibraryDeps;

  constructor(deps: LibraryDeps) {
    this.#deps = deps;
  }

  /** One page of the files that match, and how many match in all. */
  async list(
    kind: FileKind,
    query: ListQuery,
    principal: Principal,
  ): Promise<{ files: IndexedFile[]; total: number }> {
    const all = await this.#deps.index.all(kind);
    const matching = all.filter((file) => isWanted(file, query) && mayKnow(file, principal));
    return { files: pageOf(sortedBy(matching, query.sort), query), total: matching.length };
  }

  /**
   * @param filename may lack its extension if only one file is meant.
   * @throws ServiceError `FILE_NOT_FOUND` for a missing file and for one of a camera that the principal may not know of.
   */
  async get(kind: FileKind, filename: string, principal: Principal): Promise<IndexedFile> {
    try {
      const file = await this.#find(kind, filename, principal);
      if (!mayKnow(file, principal)) throw fileNotFound(filename);
      return file;
    } catch (cause) {
      throw isPortError(cause) ? fromPortError(cause, { filename }) : cause;
    }
  }

  async #find(kind: FileKind, filename: string, principal: Principal): Promise<IndexedFile> {
    const { index } = this.#deps;
    try {
      return await index.get(kind, filename);
    } catch (cause) {
      if (!isPortError(cause, 'FILE_NOT_FOUND')) throw cause;
      const isMeant = (file: IndexedFile): boolean =>
        file.filename.startsWith(`${filename}.`) &&
        withoutExtension(file.filename) === filename &&
        mayKnow(file, principal);
      const meant = (await index.all(kind)).filter(isMeant);
      if (meant.length !== 1 || !meant[0]) throw cause;
      return await index.get(kind, meant[0].filename);
    }
  }

  /** Looks into the file. @throws ServiceError `DEPENDENCY_FAILED` when the tool is missing or the file cannot be read. */
  async inspect(file: IndexedFile, signal: AbortSignal): Promise<MediaFacts> {
    const { files, tool, clock } = this.#deps;
    if (!files.supports.paths)
      throw dependencyFailed('storage', 'the files of this store cannot be inspected');
    const path = `${files.directory(file.kind)}/${file.filename}`;
    try {
      const facts = await withDeadline(clock, INSPECT_LIMIT_MS, (inner) => tool.inspect(path, inner), signal);
      if (file.kind === 'recordings') {
        await this.#deps.index.measured(file, facts);
        // Computed in the background for the next time it is asked for.
        this.#deps.examiner.want(file);
      }
      return facts;
    } catch (cause) {
      if (cause instanceof DeadlineError)
        throw dependencyFailed('media-tool', 'the file could not be read in time', { cause });
      throw isPortError(cause) ? fromPortError(cause, { filename: file.filename }) : cause;
    }
  }

  /**
   * @returns the whole name of the file that was removed.
   * @throws ServiceError `FILE_NOT_FOUND`, `RECORDING_IN_PROGRESS` for a file that is being written, `INVALID_STATE` for a
   * protected one.
   */
  async remove(kind: FileKind, name: string, principal: Principal): Promise<string> {
    const { filename } = await this.get(kind, name, principal);
    const writer = kind === 'recordings' ? this.#deps.recordings.writing(filename) : undefined;
    if (writer) throw recordingInProgress(writer);
    if (kind === 'recordings' && this.#deps.wishes.isProtected(filename)) throw fileProtected();
    if (kind === 'recordings') await this.#deps.recordings.letGo(filename);
    try {
      await this.#deps.index.remove(kind, filename);
      return filename;
    } catch (cause) {
      throw isPortError(cause) ? fromPortError(cause, { filename }) : cause;
    }
  }

  /** Whether the file must not be deleted. Snapshots never are protected. */
  isProtected({ kind, filename }: IndexedFile): boolean {
    return kind === 'recordings' && this.#deps.wishes.isProtected(filename);
  }

  /**
   * Sets or removes the protection of a recording, which survives a restart. A file that is being written can be protected.
   * @returns the whole name of the file.
   * @throws ServiceError `FILE_NOT_FOUND`; `STORAGE_FULL` or `DEPENDENCY_FAILED` when it could not be stored: it is as before then.
   */
  async protect(name: string, isProtected: boolean, principal: Principal): Promise<string> {
    const { filename } = await this.get('recordings', name, principal);
    try {
      await this.#deps.wishes.protect(filename, isProtected);
      return filename;
    } catch (cause) {
      throw isPortError(cause) ? fromPortError(cause, { filename }) : cause;
    }
  }

  /**
   * A link that a browser can open without a login, for a while, and no longer than the credential of this principal is good.
   * @param baseUrl by which the client reached us; without it the link is relative.
   */
  async downloadUrl(subject: TicketSubject, principal: Principal, baseUrl = ''): Promise<string> {
    const { kind, filename } = subject;
    const ticket = await this.#deps.tickets.issue({ kind, filename }, principal);
    return `${baseUrl}/files/${kind}/${filename}?ticket=${ticket}`;
  }
}

function fileProtected(): ServiceError<'INVALID_STATE'> {
  const data = { state: 'PROTECTED', allowed_states: ['UNPROTECTED'] };
  const message =
    'The recording is protected: remove its protection with protect_recording before you delete it';
  return new ServiceError('INVALID_STATE', data, { message });
}

function sortedBy(files: readonly IndexedFile[], order: FileOrder = 'time'): readonly IndexedFile[] {
  if (order === 'time') return files;
  const compare = ORDERS[order];
  // Equal ones stay in the order in which they begin.
  return files.toSorted(compare);
}

const ORDERS: Readonly<Record<Exclude<FileOrder, 'time'>, (a: IndexedFile, b: IndexedFile) => number>> = {
  name: (a, b) => (a.filename < b.filename ? -1 : 1),
  device: (a, b) => (a.camera === b.camera ? 0 : a.camera < b.camera ? -1 : 1),
  size: (a, b) => a.sizeBytes - b.sizeBytes,
  duration: (a, b) => (a.note.durationSeconds ?? 0) - (b.note.durationSeconds ?? 0),
};

function pageOf(files: readonly IndexedFile[], { order, offset, limit }: ListQuery): IndexedFile[] {
  if (order === 'oldest') return files.slice(offset, offset + limit);
  const end = Math.max(0, files.length - offset);
  return files.slice(Math.max(0, end - limit), end).reverse();
}

function isWanted(file: IndexedFile, query: ListQuery): boolean {
  if (query.camera !== undefined && file.camera !== query.camera) return false;
  if (query.since !== undefined && file.startedAt < query.since) return false;
  return query.until === undefined || file.startedAt <= query.until;
}

/** A file that belongs to no known camera is only for those who may see all. */
export function mayKnow(file: IndexedFile, principal: Principal): boolean {
  return principal.cameras === undefined || (file.camera !== '' && maySee(principal, file.camera));
}
