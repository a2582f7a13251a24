/** The newest picture of a capture and those who wait for the next one. Holds one picture, whatever happens. */
import type { Frame } from '../../ports/capture.js';
import { PortError } from '../../ports/port-error.js';

interface Waiter {
  readonly after: number;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (reason: unknown) => void;
}

export class FrameSlot {
  readonly #waiters = new Set<Waiter>();
  #latest: Frame | undefined;
  #count = 0;
  #closed = false;

  /** Pictures so far. */
  count(): number {
    return this.#count;
  }

  latest(): Frame | undefined {
    return this.#latest;
  }

  put(picture: Omit<Frame, 'sequence'>): void {
    if (this.#closed) return;
    this.#count += 1;
    const frame = { ...picture, sequence: this.#count };
    this.#latest = frame;
    for (const waiter of this.#waiters) if (frame.sequence > waiter.after) waiter.resolve(frame);
  }

  /** @throws PortError `NO_FRAME` when the capture ends first; the signal's reason. */
  async next(after: number, signal: AbortSignal): Promise<Frame> {
    signal.throwIfAborted();
    if (this.#latest !== undefined && this.#latest.sequence > after) return this.#latest;
    if (this.#closed) throw noFrame();
    let waiter: Waiter | undefined;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<Frame>((resolve, reject) => {
        waiter = { after, resolve, reject };
        this.#waiters.add(waiter);
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      if (waiter !== undefined) this.#waiters.delete(waiter);
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }

  /** The capture has ended: nothing comes any more. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.reject(noFrame());
  }
}

function noFrame(): PortError {
  return new PortError('NO_FRAME', {
    message: 'the capture ended before the next frame',
    retryable: true,
  });
}
