import type { Clock, Logger } from '../../ports/index.js';

const LINES_PER_SECOND = 20;

/** What an isolated plugin prints, as messages of the log. More than a person could read is counted. */
export class Output {
  readonly #clock: Clock;
  readonly #log: () => Logger | undefined;
  #began = 0;
  #count = 0;

  /** @param log is asked for with each line: there is none at first. */
  constructor(clock: Clock, log: () => Logger | undefined) {
    this.#clock = clock;
    this.#log = log;
  }

  push(line: string): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#began > 1_000) {
      const omitted = this.#count - LINES_PER_SECOND;
      this.#began = now;
      this.#count = 0;
      if (omitted > 0) this.#log()?.warn('lines that a plugin has printed were omitted', { omitted });
    }
    this.#count += 1;
    if (this.#count <= LINES_PER_SECOND) this.#log()?.info(line);
  }
}
