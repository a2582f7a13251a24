/** An AuditLog of one JSON object per line in a file of its own, which is closed and numbered when it has grown. */
import path from 'node:path';
import type { AuditEntry, AuditLog } from '../../../ports/audit-log.js';
import { PortError } from '../../../ports/port-error.js';
import { storageFailure, untilAborted } from '../../_shared/appended-file.js';
import { NODE_FILES, TrailFile, type TrailFiles } from './trail-file.js';

export const JSONL_FILE_AUDIT_LOG = 'jsonl-file';

export interface JsonlFileAuditLogOptions {
  /** Absolute path of the folder; made when it is missing. */
  readonly directory: string;
  /** A file is closed and the next one begun beyond this size. */
  readonly maxSizeBytes: number;
  /** Files that are kept, the current one included; beyond this number the oldest is deleted. */
  readonly maxFiles: number;
}

const MIN_SIZE_BYTES = 64 * 1024;

/** @throws PortError `OPTION_INVALID`. */
export function createJsonlFileAuditLog(
  options: JsonlFileAuditLogOptions,
  files: TrailFiles = NODE_FILES,
): AuditLog {
  requireOption(path.isAbsolute(options.directory), 'directory', 'an absolute path');
  requireOption(options.maxSizeBytes >= MIN_SIZE_BYTES, 'maxSizeBytes', `at least ${String(MIN_SIZE_BYTES)}`);
  requireOption(Number.isInteger(options.maxFiles) && options.maxFiles >= 2, 'maxFiles', 'at least 2');
  return new JsonlFileAuditLog(new TrailFile(options, files));
}

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class JsonlFileAuditLog implements AuditLog {
  readonly name = JSONL_FILE_AUDIT_LOG;
  readonly supports = { persistence: true };
  readonly #file: TrailFile;
  #waiting: Waiting[] = [];
  /** Settles when nothing waits any more; absent when nothing is being written. */
  #writing: Promise<void> | undefined;
  #isOpen = false;

  constructor(file: TrailFile) {
    this.#file = file;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#isOpen = true;
    try {
      await this.#file.open();
    } catch (cause) {
      throw toPortError(cause, this.#file.path);
    }
  }

  append(entry: AuditEntry): Promise<void> {
    if (!this.#isOpen)
      return Promise.reject(new PortError('UNSUPPORTED', { detail: { feature: 'append before start' } }));
    const line = `${JSON.stringify(entry)}\n`;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#isOpen = false;
    const budget = untilAborted(signal);
    await Promise.race([this.#writing, budget.over]);
    budget.forget();
    const late = new PortError('STORAGE_FAILED', { message: 'the audit log was closed too early' });
    this.#settle(this.#waiting.splice(0), late);
    // A disk that hangs is not waited for: the file is closed when it lets go.
    if (this.#writing === undefined) await this.#file.close();
    else void this.#writing.then(() => this.#file.close());
  }

  /** What came while a write was under way goes with the next one. */
  async #writeAll(): Promise<void> {
    // Entries of the same turn of the event loop go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const { kept, cause } = await this.#file.write(batch.map(({ line }) => line));
      this.#settle(batch.slice(0, kept));
      if (kept < batch.length) this.#settle(batch.slice(kept), toPortError(cause, this.#file.path));
    }
    // In the same step as the last look: an entry that comes later must find that nobody is writing.
    this.#writing = undefined;
  }

  #settle(batch: readonly Waiting[], error?: PortError): void {
    for (const { resolve, reject } of batch) {
      if (error === undefined) resolve();
      else reject(error);
    }
  }
}

function toPortError(cause: unknown, file: string): PortError {
  return storageFailure(cause, { what: `the audit log ${file} cannot be written`, file, key: 'paths.logs' });
}

function requireOption(isGood: boolean, option: string, rule: string): void {
  if (isGood) return;
  throw new PortError('OPTION_INVALID', { message: `${option} must be ${rule}`, detail: { option, rule } });
}
