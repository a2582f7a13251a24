import { isPortError, type Clock, type FileStore, type MediaTool } from '../../ports/index.js';
import { dependencyFailed, fromPortError, invalidParam, rateLimited } from '../errors/service-error.js';
import type { IndexedFile } from '../files/file-note.js';
import { DeadlineError, withDeadline } from '../lifecycle/deadline.js';

export interface PreviewOptions {
  /** How many bytes of images are kept. */
  readonly cacheBytes: number;
}

export interface PreviewDeps {
  readonly files: FileStore;
  readonly tool: MediaTool;
  readonly clock: Clock;
}

export interface PreviewRequest {
  /** Since the first frame. */
  readonly atSeconds: number;
  readonly width?: number | undefined;
}

const DEFAULT_WIDTH = 320;
const [LEAST_WIDTH, MOST_WIDTH] = [16, 1_920];
/** Beyond it nobody waits for an image. */
const LIMIT_MS = 10_000;
/** Each is a decoder at work. */
const CONCURRENT = 2;
const MAX_WAITING = 200;
const RETRY_MS = 1_000;
/** What differs by less shows the same frame, nearly always. */
const STEPS_PER_SECOND = 10;
/** The last frame begins before the end. */
const TAIL_SECONDS = 0.2;

/** Images of what recordings show at a time. A few are made at once, one of a kind only once, and the latest are kept. */
export class Previews {
  readonly #options: PreviewOptions;
  readonly #deps: PreviewDeps;
  /** The one that was asked for longest ago comes first. */
  readonly #kept = new Map<string, Uint8Array>();
  #keptBytes = 0;
  readonly #made = new Map<string, Promise<Uint8Array>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: PreviewOptions, deps: PreviewDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /**
   * A JPEG image.
   * @throws ServiceError `INVALID_PARAMS` for a time or a width that makes no sense, `FILE_NOT_FOUND`, `RATE_LIMITED`,
   * `DEPENDENCY_FAILED` when the file cannot be decoded, or not in time.
   */
  async of(file: IndexedFile, request: PreviewRequest): Promise<Uint8Array> {
    const { atSeconds, width } = this.#checked(file, request);
    // What is at a time of a file never changes, even while the file grows.
    const key = JSON.stringify([file.filename, file.createdAt, atSeconds, width]);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#keep(key, kept);
      return kept;
    }
    const made = this.#made.get(key) ?? this.#make(key, file, { atSeconds, width });
    return await made;
  }

  #checked({ note }: IndexedFile, { atSeconds, width = DEFAULT_WIDTH }: PreviewRequest) {
    if (!Number.isFinite(atSeconds) || atSeconds < 0)
      throw invalidParam('t', 'number', 'Expected the seconds since the beginning of the recording.');
    if (!Number.isInteger(width) || width < LEAST_WIDTH || width > MOST_WIDTH)
      throw invalidParam(
        'width',
        'integer',
        `Expected ${String(LEAST_WIDTH)} to ${String(MOST_WIDTH)} pixels.`,
      );
    const { durationSeconds = Infinity, isOpen } = note;
    const last = isOpen === true ? Infinity : Math.max(0, durationSeconds - TAIL_SECONDS);
    return { atSeconds: Math.floor(Math.min(atSeconds, last) * STEPS_PER_SECOND) / STEPS_PER_SECOND, width };
  }

  #make(key: string, file: IndexedFile, request: Required<PreviewRequest>): Promise<Uint8Array> {
    const made = this.#inTurn(() => this.#decode(file, request)).finally(() => this.#made.delete(key));
    this.#made.set(key, made);
    void made.then(
      (jpeg) => this.#keep(key, jpeg),
      () => undefined,
    );
    return made;
  }

  async #decode({ kind, filename }: IndexedFile, request: Required<PreviewRequest>): Promise<Uint8Array> {
    const { files, tool, clock } = this.#deps;
    if (!files.supports.paths)
      throw dependencyFailed('storage', 'no images can be made of the files of this store');
    const path = `${files.directory(kind)}/${filename}`;
    const { atSeconds, width = DEFAULT_WIDTH } = request;
    try {
      const make = (signal: AbortSignal) =>
        tool.frameAt({ path, format: 'jpg', quality: 80, atSeconds, width }, signal);
      return (await withDeadline(clock, LIMIT_MS, make)).bytes;
    } catch (cause) {
      if (cause instanceof DeadlineError)
        throw dependencyFailed('media-tool', 'the image could not be made in time', { cause });
      throw isPortError(cause) ? fromPortError(cause, { filename }) : cause;
    }
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= CONCURRENT) {
      if (this.#waiting.length >= MAX_WAITING) throw rateLimited(RETRY_MS);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  #keep(key: string, jpeg: Uint8Array): void {
    const { cacheBytes } = this.#options;
    if (this.#kept.delete(key)) this.#keptBytes -= jpeg.byteLength;
    if (jpeg.byteLength > cacheBytes) return;
    this.#kept.set(key, jpeg);
    this.#keptBytes += jpeg.byteLength;
    for (const [oldest, { byteLength }] of this.#kept) {
      if (this.#keptBytes <= cacheBytes) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= byteLength;
    }
  }
}
