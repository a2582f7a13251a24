/** A running capture of an isolated plugin: the end in the service. */
import {
  PortError,
  type CaptureEnd,
  type CaptureSession,
  type CaptureStats,
  type Frame,
} from '../../ports/index.js';
import { wordsOf } from '../guard/fault-book.js';
import { ShapeError } from '../guard/shapes.js';
import type { SessionFault, SessionFaults, SessionNews } from './sessions-client.js';

const NONE: CaptureStats = { tapFrames: 0, publishedFrames: 0, lastFrameAt: 0 };

interface Waiting {
  readonly after: number;
  resolve(frame: Frame): void;
  reject(cause: unknown): void;
}

/** @throws what the start throws. */
export async function followSession(
  news: AsyncIterator<SessionNews>,
  stop: (graceMs: number) => Promise<unknown>,
): Promise<CaptureSession> {
  const first = await news.next();
  if (first.done === true) throw new Error('returned no running capture');
  return new FollowedSession(first.value, news, stop);
}

class FollowedSession implements CaptureSession {
  readonly pid: number | undefined;
  readonly startedAt: number;
  readonly ended: Promise<CaptureEnd>;
  readonly #stop: (graceMs: number) => Promise<unknown>;
  readonly #waiting = new Set<Waiting>();
  #frame: Frame | undefined;
  #stats = NONE;
  #faults: SessionFaults = {};
  #end: CaptureEnd | undefined;

  constructor(
    first: SessionNews,
    news: AsyncIterator<SessionNews>,
    stop: (graceMs: number) => Promise<unknown>,
  ) {
    this.pid = first.begun?.pid;
    this.startedAt = first.begun?.startedAt ?? 0;
    this.#stop = stop;
    this.#take(first);
    this.ended = this.#follow(news).then((end) => this.#finish(end));
  }

  latest(): Frame | undefined {
    throwFault(this.#faults.latest);
    return this.#frame;
  }

  stats(): CaptureStats {
    throwFault(this.#faults.stats);
    return this.#stats;
  }

  next(after: number, signal: AbortSignal): Promise<Frame> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return void reject(signal.reason as Error);
      if (this.#frame !== undefined && this.#frame.sequence > after) return void resolve(this.#frame);
      if (this.#end !== undefined) return void reject(noFrame());
      if (this.#faults.next !== undefined) return void reject(faultOf(this.#faults.next));
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const settle = (how: () => void): void => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', onAbort);
        how();
      };
      const waiting: Waiting = {
        after,
        resolve: (frame) => settle(() => resolve(frame)),
        reject: (cause) => settle(() => reject(cause)),
      };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async stop(graceMs: number): Promise<void> {
    await this.#stop(graceMs).catch((cause: unknown) => {
      // What runs in a host that is gone has gone with it.
      if (this.#end === undefined) throw cause;
    });
  }

  async #follow(news: AsyncIterator<SessionNews>): Promise<CaptureEnd> {
    try {
      for (;;) {
        const { value, done } = await news.next();
        if (done === true) return failed('it ended without a reason');
        this.#take(value);
        if (value.end !== undefined) return value.end;
      }
    } catch (cause) {
      return failed(wordsOf(cause));
    } finally {
      // Nobody asks for more, which the other end has to know.
      void news.return?.();
    }
  }

  #take({ frame, stats, faults }: SessionNews): void {
    if (stats !== undefined) this.#stats = stats;
    this.#faults = faults ?? {};
    if (this.#faults.next !== undefined)
      for (const waiting of [...this.#waiting]) waiting.reject(faultOf(this.#faults.next));
    if (frame === undefined || frame.sequence === this.#frame?.sequence) return;
    this.#frame = frame;
    for (const waiting of [...this.#waiting]) if (frame.sequence > waiting.after) waiting.resolve(frame);
  }

  #finish(end: CaptureEnd): CaptureEnd {
    this.#end = end;
    for (const waiting of [...this.#waiting]) waiting.reject(noFrame());
    return end;
  }
}

/** The guard finds in the service what was found where the plugin runs. */
function throwFault(fault: SessionFault | undefined): void {
  if (fault !== undefined) throw faultOf(fault);
}

function faultOf({ words, isShape }: SessionFault): Error {
  return isShape ? new ShapeError(words) : new Error(words);
}

function failed(message: string): CaptureEnd {
  return { reason: 'failed', message, tail: [] };
}

function noFrame(): PortError {
  return new PortError('NO_FRAME', { message: 'the capture has ended' });
}
