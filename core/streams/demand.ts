/**
 * Who needs a camera. `recording`: until it is stopped. `viewers`: people watching, and a while after the last one. `streaming`: a
 * `start_streaming` call. `snapshot`: a stream that was started for a picture. `prewarm`: configuration.
 */
export type DemandKind = 'recording' | 'viewers' | 'streaming' | 'snapshot' | 'prewarm';

/** Counts who needs one camera now. Plain data: the time comes from the caller, in milliseconds of one clock. */
export class Demand {
  readonly #until = new Map<DemandKind, number>();

  /** Adds or prolongs a need; without `until` it lasts until `release`. An earlier end never shortens a later one. */
  want(kind: DemandKind, until = Infinity): void {
    this.#until.set(kind, Math.max(until, this.#until.get(kind) ?? 0));
  }

  release(kind: DemandKind): void {
    this.#until.delete(kind);
  }

  /** @returns what still needs the camera at `now`, strongest first. Needs whose time is over are forgotten. */
  holders(now: number): readonly DemandKind[] {
    for (const [kind, until] of this.#until) if (until <= now) this.#until.delete(kind);
    return [...this.#until.entries()].sort((a, b) => b[1] - a[1]).map(([kind]) => kind);
  }
}
