/**
 * Who needs a camera. `recording`: until it is stopped. `viewers`: people watching, and a while after the last one. `streaming`: a
 * `start_streaming` call. `snapshot`: a stream that was started for a snapshot. `prewarm`: configuration.
 */
export type HoldReason = 'recording' | 'viewers' | 'streaming' | 'snapshot' | 'prewarm';

/** A need for one camera. It runs as long as somebody has one. */
export interface Hold {
  readonly reason: HoldReason;
  /** Makes it last until then, if it would have ended before. Has no effect after `release`. */
  prolong(until: number): void;
  /** May be repeated. */
  release(): void;
}

/** Counts who needs one camera now. Plain data: the time comes from the caller, in milliseconds of one clock. */
export class Demand {
  readonly #until = new Map<Hold, number>();

  /** Adds a need; without `until` it lasts until it is released. */
  hold(reason: HoldReason, until = Infinity): Hold {
    let isReleased = false;
    const hold: Hold = {
      reason,
      prolong: (later) => {
        if (!isReleased) this.#until.set(hold, Math.max(later, this.#until.get(hold) ?? 0));
      },
      release: () => {
        isReleased = true;
        this.#until.delete(hold);
      },
    };
    hold.prolong(until);
    return hold;
  }

  /** @returns what still needs the camera at `now`, longest first. Needs whose time is over are forgotten. */
  holders(now: number): readonly HoldReason[] {
    for (const [hold, until] of this.#until) if (until <= now) this.#until.delete(hold);
    const longestFirst = [...this.#until].sort((a, b) => b[1] - a[1]);
    return [...new Set(longestFirst.map(([{ reason }]) => reason))];
  }
}
