import type { CancelTimer, Clock } from '../../ports/index.js';

/** Tells the first value at once and then no more than one in a period: the latest. */
export class Pace<T> {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #tell: (value: T) => void;
  #cancel: CancelTimer | undefined;
  #waiting: { readonly value: T } | undefined;

  constructor(
    clock: Clock,
    { everyMs, tell }: { readonly everyMs: number; readonly tell: (value: T) => void },
  ) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#tell = tell;
  }

  tell(value: T): void {
    if (this.#cancel !== undefined) {
      this.#waiting = { value };
      return;
    }
    this.#cancel = this.#clock.after(this.#everyMs, () => {
      this.#cancel = undefined;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting !== undefined) this.tell(waiting.value);
    });
    this.#tell(value);
  }

  /** What waits is not told any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting = undefined;
  }
}
