import type { ServiceError } from '../errors/service-error.js';

/** `remux`: a recording is copied into another container. `export`: a clip is made of recordings. */
export type JobKind = 'remux' | 'export';

/** `INTERRUPTED`: the service was stopped; a `remux` is done after the next start. */
export const JOB_STATES = ['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED', 'INTERRUPTED'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Work on a file that takes a while, as it is at the moment. */
export interface Job {
  readonly jobId: string;
  readonly kind: JobKind;
  readonly camera: string;
  /** The file that the work is about; for `DONE`, the file that it has made. */
  readonly filename: string;
  readonly state: JobState;
  /** Seconds of media that have been worked on. */
  readonly secondsDone: number;
  readonly totalSeconds?: number;
  /** Why it has failed. */
  readonly error?: ServiceError;
}

export interface JobRequest {
  readonly kind: JobKind;
  readonly camera: string;
  readonly filename: string;
  readonly totalSeconds?: number | undefined;
}

/** What the work of a job is given. */
export interface JobTools {
  /** Aborts when the job is cancelled or the service stops. */
  readonly signal: AbortSignal;
  /** @param seconds how much media has been worked on. */
  progress(seconds: number): void;
}

/** A job that was begun. */
export interface StartedJob {
  readonly jobId: string;
  /** Its last state. Never rejects. */
  readonly ended: Promise<Job>;
  /** Ends it, if it has not ended. */
  cancel(): void;
}
