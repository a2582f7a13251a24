import type { PathState } from '../../ports/index.js';

/** One camera's path as the media server has last described it. */
export class PathObservation {
  #state: PathState | undefined;
  #bitrate = 0;
  #observedAt = 0;

  get state(): PathState | undefined {
    return this.#state;
  }

  /** Bits per second of the stream, between the last two looks. */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** Takes in what the media server says. @param at time on the monotonic clock. @returns whether it became or ceased to be ready. */
  observe(state: PathState | undefined, at: number): boolean {
    const seconds = (at - this.#observedAt) / 1_000;
    const bytes = (state?.inboundBytes ?? 0) - (this.#state?.inboundBytes ?? 0);
    this.#bitrate = bytes > 0 && seconds > 0 ? Math.round((bytes * 8) / seconds) : 0;
    this.#observedAt = at;
    const wasReady = this.#state?.ready === true;
    this.#state = state;
    return wasReady !== (state?.ready === true);
  }
}
