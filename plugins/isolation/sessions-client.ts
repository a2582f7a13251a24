/** Running captures of an isolated plugin: the end in the isolated plugin. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  isPortError,
  type CaptureEnd,
  type CaptureSession,
  type CaptureStats,
  type Frame,
} from '../../ports/index.js';
import { wordsOf } from '../guard/fault-book.js';
import { readFrame, readStats, ShapeError, type Read } from '../guard/shapes.js';

/** What has changed in a running capture. */
export interface SessionNews {
  /** With the first: the capture is running. */
  readonly begun?: Pick<CaptureSession, 'pid' | 'startedAt'>;
  readonly frame?: Frame;
  readonly stats?: CaptureStats;
  readonly end?: CaptureEnd;
  /** What each method that failed did, as a part of a sentence. A method that is not in it has done what it should. */
  readonly faults?: SessionFaults;
}

export type SessionFaults = Readonly<Partial<Record<'latest' | 'next' | 'stats', SessionFault>>>;
export interface SessionFault {
  readonly words: string;
  /** It answered, but not as it should. */
  readonly isShape: boolean;
}

/** How often the figures are told while no frame comes. */
const TELL_MS = 250;
/** Frames that come closer together than this are more than any camera has; the newest of them is told. */
const CLOSEST_MS = 4;

const maybe =
  <T>(read: Read<T>): Read<T | undefined> =>
  (value) =>
    value === undefined ? undefined : read(value);

export class Sessions {
  readonly #running = new Map<number, CaptureSession>();

  /** Starts a capture and tells about it until it has ended. @throws what the start throws. */
  async *run(id: number, start: () => unknown, signal: AbortSignal): AsyncGenerator<SessionNews> {
    const session = (await start()) as CaptureSession;
    if (typeof (session as Partial<CaptureSession> | undefined)?.next !== 'function')
      throw new Error('returned an invalid value: it must return a running capture');
    this.#running.set(id, session);
    const gone = new AbortController();
    const follower = new Follower(session, AbortSignal.any([gone.signal, signal]));
    try {
      const { pid, startedAt } = session;
      yield { begun: { pid, startedAt }, ...follower.now() };
      yield* follower.changes();
    } finally {
      gone.abort(new Error('nobody follows the capture'));
      this.#running.delete(id);
    }
  }

  async stop(id: number, graceMs: number): Promise<void> {
    await this.#running.get(id)?.stop(graceMs);
  }
}

/** Looks at one capture, and at what it answers: a plugin hands over whatever it likes. */
class Follower {
  readonly #session: CaptureSession;
  readonly #signal: AbortSignal;
  #faults: SessionFaults = {};

  constructor(session: CaptureSession, signal: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
  }

  /** Everything that can be asked for at once. */
  now(): SessionNews {
    const frame = this.#ask('latest', maybe(readFrame));
    return { ...(frame === undefined ? {} : { frame }), ...this.#figures() };
  }

  async *changes(): AsyncGenerator<SessionNews> {
    const ended: Promise<SessionNews> = this.#session.ended.then((end) => ({ end }));
    let seen = this.#ask('latest', maybe(readFrame))?.sequence ?? -1;
    let coming = this.#nextAfter(seen);
    for (;;) {
      const news = await soonest([ended, coming], TELL_MS);
      if (news?.end !== undefined) {
        yield { end: news.end, ...this.now() };
        return;
      }
      yield { ...(news?.frame === undefined ? {} : { frame: news.frame }), ...this.#figures() };
      if (news === undefined) continue;
      seen = news.frame?.sequence ?? seen;
      // One that answers nonsense, or too often, is not asked without pause.
      const quiet = pause(news.frame === undefined ? TELL_MS : CLOSEST_MS);
      coming = quiet.then(() => this.#nextAfter(seen));
    }
  }

  #figures(): SessionNews {
    const stats = this.#ask('stats', readStats);
    return { ...(stats === undefined ? {} : { stats }), faults: this.#faults };
  }

  #ask<T>(method: 'latest' | 'stats', read: Read<T>): T | undefined {
    try {
      const answer: unknown = this.#session[method]();
      // What must answer at once and does not is wrong already, however it ends.
      if (answer instanceof Promise) answer.catch(() => undefined);
      const value = read(answer);
      this.#well(method);
      return value;
    } catch (cause) {
      this.#failed(method, cause);
      return undefined;
    }
  }

  /** Without a frame when the method failed. Never settles when there is no frame any more: the end tells it. */
  #nextAfter(sequence: number): Promise<SessionNews> {
    return new Promise((resolve) => {
      Promise.resolve()
        .then(() => this.#session.next(sequence, this.#signal))
        .then((value) => {
          const frame = readFrame(value);
          this.#well('next');
          resolve({ frame });
        })
        .catch((cause: unknown) => {
          if (isPortError(cause) || this.#signal.aborted) return;
          this.#failed('next', cause);
          resolve({});
        });
    });
  }

  #well(method: keyof SessionFaults): void {
    if (this.#faults[method] === undefined) return;
    const { [method]: _, ...others } = this.#faults;
    this.#faults = others;
  }

  #failed(method: keyof SessionFaults, cause: unknown): void {
    const fault = { words: wordsOf(cause), isShape: cause instanceof ShapeError };
    this.#faults = { ...this.#faults, [method]: fault };
  }
}

/** @returns `undefined` when none of them has settled in time. */
async function soonest<T>(promises: readonly Promise<T>[], withinMs: number): Promise<T | undefined> {
  const quiet = new AbortController();
  const turn = pause(withinMs, undefined, { signal: quiet.signal }).catch(() => undefined);
  try {
    return await Promise.race([...promises, turn]);
  } finally {
    quiet.abort();
  }
}
