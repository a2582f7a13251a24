import type { CancelTimer, Clock, SourceDescriptor } from '../../ports/index.js';
import type { Trouble } from './prober.js';

/** Who keeps a device from us: somebody, this service itself, or nobody as far as is known. */
export type HoldUp = Trouble | 'ours' | undefined;

/** A device that is present; becomes a camera once it was probed. */
export class Presence {
  source: SourceDescriptor;
  cameraId: string | undefined;
  /** How often it turned out to be BUSY after it had been found to be free. */
  contradictions = 0;
  readonly #clock: Clock;
  readonly #gone = new AbortController();
  #cancel: CancelTimer = () => undefined;
  #look: Promise<HoldUp> | undefined;

  constructor(source: SourceDescriptor, clock: Clock) {
    this.source = source;
    this.#clock = clock;
  }

  /** Aborts when the device has gone. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** What is to be done with it next, instead of what was planned before. */
  plan(delayMs: number, task: () => Promise<void>): void {
    this.#cancel();
    this.#cancel = this.#clock.after(delayMs, () => void task());
  }

  leave(): void {
    this.#cancel();
    this.#gone.abort(new Error('device has been disconnected'));
  }

  /** Looks who has it. Callers at the same time share a look, so that they do not find each other. */
  look(how: () => Promise<HoldUp>): Promise<HoldUp> {
    this.#look ??= how().finally(() => {
      this.#look = undefined;
    });
    return this.#look;
  }
}
