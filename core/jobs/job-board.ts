import { isPortError, type Clock, type Component, type Logger, type Principal } from '../../ports/index.js';
import { maySee } from '../auth/roles.js';
import { dependencyFailed, fromPortError, invalidState, ServiceError } from '../errors/service-error.js';
import { Listeners } from '../lifecycle/listeners.js';
import type { Job, JobRequest, JobState, JobTools, StartedJob } from './job.js';

export interface JobOptions {
  /** How many jobs run at the same time; further ones wait. */
  readonly concurrent: number;
}

export interface JobDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** @returns an identifier that is never given twice. */
  newId(): string;
}

/** Progress is told at most this often. */
const TELL_MS = 500;

type Work = (tools: JobTools) => Promise<string>;

interface Entry {
  job: Job;
  toldMs: number;
  readonly work: Work;
  readonly abort: AbortController;
  readonly settle: (job: Job) => void;
}

/** Long work on media files: a few at a time, in the order in which they were begun, with progress, and cancellable. */
export class JobBoard implements Component {
  readonly name = 'jobs';
  readonly stopMs = 1_500;
  /** Every change of a job, and its progress. */
  readonly changes: Listeners<Job>;
  readonly #options: JobOptions;
  readonly #deps: JobDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  constructor(options: JobOptions, deps: JobDeps) {
    this.#options = options;
    this.#deps = deps;
    this.changes = new Listeners(deps.log);
  }

  async start(): Promise<void> {
    this.#isStopped = false;
  }

  /** Ends all jobs; what they have not finished is left as it was before them. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const entry of [...this.#entries.values()]) this.#end(entry, 'INTERRUPTED');
    await Promise.all(this.#running);
  }

  /** All jobs that wait or run. */
  all(): readonly Job[] {
    return [...this.#entries.values()].map(({ job }) => job);
  }

  /** @param work does it, and resolves with the name of the file that it has made. */
  begin(request: JobRequest, work: Work): StartedJob {
    const { totalSeconds, ...about } = request;
    const jobId = this.#deps.newId();
    const total = totalSeconds === undefined ? {} : { totalSeconds };
    const job: Job = { jobId, ...about, state: 'QUEUED', secondsDone: 0, ...total };
    let settle: Entry['settle'] = () => undefined;
    const ended = new Promise<Job>((resolve) => (settle = resolve));
    const entry: Entry = { job, toldMs: -Infinity, work, abort: new AbortController(), settle };
    this.#entries.set(jobId, entry);
    this.changes.emit(job);
    if (this.#isStopped) this.#end(entry, 'INTERRUPTED');
    this.#next();
    return { jobId, ended, cancel: () => this.#end(entry, 'CANCELLED') };
  }

  /** Ends a job. @throws ServiceError `INVALID_STATE` when there is none that this principal may know of. */
  cancel(jobId: string, principal: Principal): Job {
    const entry = this.#entries.get(jobId);
    if (!entry || !maySee(principal, entry.job.camera))
      throw invalidState('NO_SUCH_JOB', ['QUEUED', 'RUNNING']);
    this.#end(entry, 'CANCELLED');
    return entry.job;
  }

  #next(): void {
    for (const entry of this.#entries.values()) {
      if (this.#running.size >= this.#options.concurrent) return;
      if (entry.job.state !== 'QUEUED' || entry.abort.signal.aborted) continue;
      const run = this.#run(entry).finally(() => {
        this.#running.delete(run);
        this.#next();
      });
      this.#running.add(run);
    }
  }

  async #run(entry: Entry): Promise<void> {
    this.#change(entry, { state: 'RUNNING' });
    const { signal } = entry.abort;
    try {
      const filename = await entry.work({ signal, progress: (seconds) => this.#progress(entry, seconds) });
      const { totalSeconds = entry.job.secondsDone } = entry.job;
      this.#settle(entry, { state: 'DONE', filename, secondsDone: totalSeconds });
    } catch (cause) {
      if (signal.aborted) this.#settle(entry, { state: stateOf(signal) });
      else this.#fail(entry, cause);
    }
  }

  #fail(entry: Entry, cause: unknown): void {
    const { jobId, kind, camera, filename } = entry.job;
    const error = explain(cause, filename);
    const about = { job: jobId, kind, camera, file: filename, code: error.code };
    this.#deps.log.error('work on a recording has failed; the recording is as it was', { ...about, cause });
    this.#settle(entry, { state: 'FAILED', error });
  }

  #progress(entry: Entry, seconds: number): void {
    const now = this.#deps.clock.monotonicMs();
    const { totalSeconds = Infinity, secondsDone } = entry.job;
    entry.job = { ...entry.job, secondsDone: Math.max(secondsDone, Math.min(seconds, totalSeconds)) };
    if (now - entry.toldMs < TELL_MS || entry.abort.signal.aborted) return;
    entry.toldMs = now;
    this.changes.emit(entry.job);
  }

  /** One that waits is over at once; one that runs when its work has ended. */
  #end(entry: Entry, state: Extract<JobState, 'CANCELLED' | 'INTERRUPTED'>): void {
    if (entry.abort.signal.aborted) return;
    entry.abort.abort(new JobEnded(state));
    if (entry.job.state === 'QUEUED') this.#settle(entry, { state });
  }

  #settle(entry: Entry, change: Partial<Job>): void {
    if (!this.#entries.delete(entry.job.jobId)) return;
    this.#change(entry, change);
    entry.settle(entry.job);
  }

  #change(entry: Entry, change: Partial<Job>): void {
    entry.job = { ...entry.job, ...change };
    this.changes.emit(entry.job);
  }
}

class JobEnded extends Error {
  constructor(readonly state: 'CANCELLED' | 'INTERRUPTED') {
    super(`the job is over: ${state}`);
    this.name = 'JobEnded';
  }
}

function stateOf({ reason }: AbortSignal): 'CANCELLED' | 'INTERRUPTED' {
  return reason instanceof JobEnded ? reason.state : 'INTERRUPTED';
}

function explain(cause: unknown, filename: string): ServiceError {
  if (cause instanceof ServiceError) return cause;
  if (isPortError(cause)) return fromPortError(cause, { filename });
  return dependencyFailed('media-tool', 'the file could not be made', { cause });
}
