import type { FramePosition, FrameReport } from '../../../ports/media-tool.js';

/** Shorter times between two frames are no pause at any frame rate. */
const SHORTEST_PAUSE = 1;
/** How fast the usual interval follows the frame rate: a long one among many changes little. */
const WEIGHT = 0.05;

/** Takes the times of frames one after the other and notes where they pause. */
export class FrameClock {
  readonly #pauses: { atSeconds: number; seconds: number }[] = [];
  #seconds: number;
  #interval: number;

  constructor(from: FramePosition | undefined) {
    this.#seconds = from?.seconds ?? 0;
    this.#interval = from?.interval ?? 0;
  }

  /** Time of the last frame, in seconds since the beginning of the file. */
  get seconds(): number {
    return this.#seconds;
  }

  /** A frame comes so many seconds after the one before it. Time that runs backwards is none that passes. */
  step(seconds: number): void {
    if (!(seconds > 0)) return;
    if (seconds >= SHORTEST_PAUSE) this.#pauses.push({ atSeconds: this.#seconds, seconds });
    this.#interval =
      this.#interval === 0 ? Math.min(seconds, SHORTEST_PAUSE) : mixed(this.#interval, seconds);
    this.#seconds += seconds;
  }

  report(byte: number): FrameReport {
    return { pauses: this.#pauses, position: { byte, seconds: this.#seconds, interval: this.#interval } };
  }
}

/** A frame rate of one in a while is a rate all the same: its interval is approached, step by step. */
function mixed(interval: number, seconds: number): number {
  return interval + (Math.min(seconds, 2 * interval) - interval) * WEIGHT;
}
