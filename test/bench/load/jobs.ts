/** What the load generator can be asked to do. */
interface Sockets {
  readonly port: number;
  readonly path: string;
  readonly sockets: number;
  /** Sent once on every socket, one after the other, each answered before the next. */
  readonly prelude: readonly string[];
}

/** Every socket sends, waits for the answer, sends again. */
export interface CallsJob extends Sockets {
  readonly kind: 'calls';
  readonly message: string;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/** Every socket listens; a round is over when all have heard one message. */
export interface ListenJob extends Sockets {
  readonly kind: 'listen';
  /** Where a message says when it was sent: a JSON number of milliseconds, or an ISO 8601 text. */
  readonly sentAt: 't' | 'timestamp';
  readonly rounds: number;
  /** Sent on the first socket to make the server tell everybody; answers to it are no part of a round. */
  readonly trigger: string;
}

/** One download. */
export interface FetchJob {
  readonly kind: 'fetch';
  readonly port: number;
  readonly path: string;
  readonly headers: readonly string[];
}

export type Job = CallsJob | ListenJob | FetchJob;

export interface JobResult {
  /** Calls, rounds or bytes. */
  readonly count: number;
  readonly elapsedMs: number;
  /** Of each call, or until the last socket of each round had it, in milliseconds. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly worstMs: number;
  /** Bytes of one message as it arrived. */
  readonly messageBytes: number;
}
