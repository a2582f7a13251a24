import type { Logger } from '../../ports/logger.js';

const PAUSE_MS = 60_000;

/** A warning about something that anybody can cause: one line a minute at most, with how often it has happened since the last. */
export class RareWarning {
  readonly #log: Logger;
  readonly #message: string;
  readonly #now: () => number;
  #nextAt = 0;
  #times = 0;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(log: Logger, message: string, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#message = message;
    this.#now = now;
  }

  tell(fields: Readonly<Record<string, unknown>>): void {
    this.#times += 1;
    const now = this.#now();
    if (now < this.#nextAt) return;
    this.#log.warn(this.#message, { ...fields, times: this.#times });
    this.#nextAt = now + PAUSE_MS;
    this.#times = 0;
  }
}
