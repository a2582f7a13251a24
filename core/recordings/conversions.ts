import type { Clock, FileStore, Logger, MediaTool } from '../../ports/index.js';
import type { FileIndex } from '../files/file-index.js';
import { withoutExtension } from '../files/file-names.js';
import type { Job, JobTools, StartedJob } from '../jobs/job.js';
import type { JobBoard } from '../jobs/job-board.js';
import { storageFull } from './failures.js';
import {
  wishOf,
  type RecordingSession,
  type RewrittenFormat,
  type SessionFile,
} from './recording-session.js';

export interface ConversionDeps {
  readonly files: FileStore;
  readonly index: FileIndex;
  readonly tool: MediaTool;
  readonly jobs: JobBoard;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What has become of the wish for another container, when a recording has stopped. */
export interface Conversion {
  readonly format: RewrittenFormat;
  /** `RUNNING`: it goes on; `remux.progress` tells of it. `FAILED`: at least one file stays as it was recorded. */
  readonly state: 'DONE' | 'RUNNING' | 'FAILED';
  readonly jobIds: readonly string[];
}

interface Wish {
  readonly job: StartedJob;
  readonly format: RewrittenFormat;
}

/** Rewrites recordings in the container that was asked for, as jobs. What was not done is done after the next start. */
export class Conversions {
  readonly #deps: ConversionDeps;
  readonly #reserveBytes: number;
  readonly #wishes = new Map<string, Wish>();

  /** @param options what must stay free on the disk: two copies of a recording are there for a while. */
  constructor({ reserveBytes }: { readonly reserveBytes: number }, deps: ConversionDeps) {
    this.#reserveBytes = reserveBytes;
    this.#deps = deps;
  }

  /** Goes on with what an earlier run has not finished. */
  async resume(): Promise<void> {
    try {
      for (const file of await this.#deps.index.all('recordings')) {
        const { convertTo, isOpen } = file.note;
        if (convertTo && isOpen !== true) this.#begin(file.filename, file, convertTo);
      }
    } catch (cause) {
      this.#deps.log.warn('recordings that are to be rewritten could not be looked for', { cause });
    }
  }

  /**
   * Begins to rewrite the files of a recording that has ended, and waits for a while.
   * @returns the recording with the names of its files as they are by then; without a conversion if none was asked for.
   */
  async convert(
    session: RecordingSession,
    waitMs: number,
  ): Promise<{ readonly session: RecordingSession; readonly conversion?: Conversion }> {
    const { camera } = session;
    const wished = wishOf(session);
    if (wished === undefined || session.files.length === 0) return { session };
    const begun = session.files.map((file) => ({
      file,
      job: this.#begin(file.filename, { camera, note: file }, wished),
    }));
    const ended = await this.#within(
      waitMs,
      begun.map(({ job }) => job),
    );
    const files = await Promise.all(begun.map(({ file, job }) => this.#asItIs(file, ended.get(job.jobId))));
    const states = begun.map(({ job }) => ended.get(job.jobId)?.state ?? 'RUNNING');
    const state = states.find((each) => each === 'RUNNING') ?? (states.every(isDone) ? 'DONE' : 'FAILED');
    const jobIds = begun.map(({ job }) => job.jobId);
    return { session: { ...session, files }, conversion: { format: wished, state, jobIds } };
  }

  /** A file is about to be removed: it is not rewritten any more when this resolves. */
  async abandon(filename: string): Promise<void> {
    const wish = this.#wishes.get(filename);
    wish?.job.cancel();
    await wish?.job.ended;
  }

  #begin(
    filename: string,
    { camera, note }: { readonly camera: string; readonly note: { readonly durationSeconds?: number } },
    format: RewrittenFormat,
  ): StartedJob {
    const request = { kind: 'remux', camera, filename, totalSeconds: note.durationSeconds } as const;
    const job = this.#deps.jobs.begin(request, (tools) => this.#rewrite(filename, format, tools));
    this.#wishes.set(filename, { job, format });
    void job.ended.then((last) => this.#over(filename, last));
    return job;
  }

  async #rewrite(filename: string, format: RewrittenFormat, { signal, progress }: JobTools): Promise<string> {
    const { tool, index } = this.#deps;
    await this.#requireRoom(filename);
    const to = `${withoutExtension(filename)}.${format}`;
    const paths = { from: this.#path(filename), to: this.#path(to) };
    await tool.remux({ ...paths, format, onProgress: progress }, signal);
    await index.rewritten(filename, to, format);
    return to;
  }

  /** A conversion must not end the recordings that run. @throws ServiceError `STORAGE_FULL`. */
  async #requireRoom(filename: string): Promise<void> {
    const { files } = this.#deps;
    const { sizeBytes } = await files.stat('recordings', filename);
    const { availableBytes } = await files.capacity();
    const required = this.#reserveBytes + sizeBytes;
    if (availableBytes < required) throw storageFull(availableBytes, required);
  }

  /** What failed for want of space is tried again after the next start, as is what was interrupted. */
  async #over(filename: string, { state, error }: Job): Promise<void> {
    this.#wishes.delete(filename);
    const isGivenUp = state === 'CANCELLED' || (state === 'FAILED' && error?.code !== 'STORAGE_FULL');
    if (isGivenUp) await this.#deps.index.note('measured', filename, { convertTo: null });
  }

  async #within(ms: number, jobs: readonly StartedJob[]): Promise<ReadonlyMap<string, Job>> {
    const ended = new Map<string, Job>();
    const all = jobs.map(async ({ jobId, ended: last }) => ended.set(jobId, await last));
    const late = new AbortController();
    const timer = this.#deps.clock.sleep(ms, late.signal).catch(() => undefined);
    await Promise.race([Promise.all(all), timer]);
    late.abort();
    return new Map(ended);
  }

  async #asItIs(file: SessionFile, job: Job | undefined): Promise<SessionFile> {
    if (job?.state !== 'DONE') return file;
    const { filename } = job;
    const stored = await this.#deps.files.stat('recordings', filename).catch(() => file);
    return { ...file, filename, sizeBytes: stored.sizeBytes };
  }

  #path(filename: string): string {
    return `${this.#deps.files.directory('recordings')}/${filename}`;
  }
}

function isDone(state: Job['state']): boolean {
  return state === 'DONE';
}
