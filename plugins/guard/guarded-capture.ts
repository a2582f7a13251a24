import type {
  Capture,
  CaptureEnd,
  CaptureJob,
  CaptureSession,
  CaptureStats,
  Frame,
} from '../../ports/index.js';
import { CALL_LIMIT_MS, type Guard } from './guarded.js';
import { wordsOf } from './fault-book.js';
import { readEnd, readFrame, readNothing, readStats, readTrouble, ShapeError } from './shapes.js';

/** What ending a capture may take beyond the grace that it is given: a process group is killed and waited for. */
const STOP_SPARE_MS = 3_000;

export class GuardedCapture implements Capture {
  readonly name: string;
  readonly supports: Capture['supports'];
  readonly trouble?: (signal: AbortSignal) => Promise<string | undefined>;
  readonly #adapter: Capture;
  readonly #guard: Guard;

  constructor(adapter: Capture, guard: Guard) {
    this.name = adapter.name;
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    if (typeof adapter.trouble === 'function') this.trouble = (signal) => this.#trouble(signal);
  }

  /** A session that comes after the deadline is ended: nobody knows of it. */
  async start(job: CaptureJob, signal: AbortSignal): Promise<CaptureSession> {
    let isOver = false;
    const begin = async (): Promise<unknown> => {
      // Its signal ends the capture later, too: it must not be one that ends with the call.
      const session: unknown = await this.#adapter.start(job, signal);
      if (isOver) await (session as Partial<CaptureSession> | undefined)?.stop?.(0);
      return session;
    };
    try {
      const session = await this.#guard.call(begin, { method: 'start', signal, read: readSession });
      return new GuardedSession(session, this.#guard);
    } finally {
      isOver = true;
    }
  }

  async #trouble(signal: AbortSignal): Promise<string | undefined> {
    return await this.#guard.call((inner) => this.#adapter.trouble?.(inner), {
      method: 'trouble',
      signal,
      read: readTrouble,
    });
  }
}

const METHODS = ['latest', 'next', 'stats', 'stop'] as const;

function readSession(value: unknown): CaptureSession {
  const session = (value ?? {}) as Partial<Record<keyof CaptureSession, unknown>>;
  for (const method of METHODS)
    if (typeof session[method] !== 'function') throw new ShapeError(`a session must have ${method}()`);
  if (typeof (session.ended as Partial<Promise<unknown>> | undefined)?.then !== 'function')
    throw new ShapeError('a session must have the promise "ended"');
  if (typeof session.startedAt !== 'number') throw new ShapeError('a session must have startedAt, a number');
  return value as CaptureSession;
}

const NO_STATS: CaptureStats = { tapFrames: 0, publishedFrames: 0, lastFrameAt: 0 };

/** A capture under way. When it does not answer as it should, what core sees is a camera that delivers nothing. */
class GuardedSession implements CaptureSession {
  readonly pid: number | undefined;
  readonly startedAt: number;
  readonly ended: Promise<CaptureEnd>;
  readonly #session: CaptureSession;
  readonly #guard: Guard;
  /** The last picture that was found to be one: it is asked for again and again. */
  #good: { readonly raw: Frame; readonly frame: Frame } | undefined;

  constructor(session: CaptureSession, guard: Guard) {
    const { pid, startedAt } = session;
    this.pid = Number.isSafeInteger(pid) ? pid : undefined;
    this.startedAt = startedAt;
    this.#session = session;
    this.#guard = guard;
    this.ended = Promise.resolve(session.ended)
      .then(readEnd)
      .catch((cause: unknown) => this.#endedBadly(cause));
  }

  latest(): Frame | undefined {
    const read = (value: unknown): Frame | undefined =>
      value === undefined ? undefined : this.#checked(value);
    return this.#guard.now(() => this.#session.latest(), { method: 'latest', read }, undefined);
  }

  async next(afterSequence: number, signal: AbortSignal): Promise<Frame> {
    const watched = { method: 'next', signal, read: (value: unknown) => this.#checked(value) };
    return await this.#guard.call((inner) => this.#session.next(afterSequence, inner), watched);
  }

  stats(): CaptureStats {
    return this.#guard.now(() => this.#session.stats(), { method: 'stats', read: readStats }, NO_STATS);
  }

  async stop(graceMs: number): Promise<void> {
    const limitMs = Math.min(CALL_LIMIT_MS, graceMs + STOP_SPARE_MS);
    await this.#guard
      .call(() => this.#session.stop(graceMs), { method: 'stop', limitMs, read: readNothing })
      .catch((cause: unknown) => {
        this.#guard.fault('stop', cause);
      });
  }

  #checked(value: unknown): Frame {
    const good = this.#good;
    if (good !== undefined && good.raw === value) return good.frame;
    const frame = readFrame(value);
    this.#good = { raw: value as Frame, frame };
    return frame;
  }

  #endedBadly(cause: unknown): CaptureEnd {
    this.#guard.fault('ended', cause);
    return { reason: 'failed', message: `the capture failed to end: ${wordsOf(cause)}`, tail: [] };
  }
}
