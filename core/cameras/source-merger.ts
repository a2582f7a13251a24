import type { Clock, DeviceEvent, DeviceEventSource, Logger, SourceDescriptor } from '../../ports/index.js';
import { aborted } from '../lifecycle/aborted.js';
import { Backoff } from '../lifecycle/backoff.js';
import { follow } from '../lifecycle/follow.js';
import type { Roster } from '../lifecycle/roster.js';

/** What one key looks like over all sources. */
interface Sighting {
  readonly kind: string;
  /** Rises with each coming and going; an answer about an earlier generation is stale. */
  generation: number;
  isPresent: boolean;
  /** Which source vouches, and for which generation. */
  readonly vouchers: Map<string, number>;
  /** Who vouched for it last, when nobody does. */
  lastVoucher?: string;
}

export interface SourceState {
  readonly name: string;
  readonly isWatching: boolean;
  readonly reason?: string;
  readonly lastEventAt?: number;
}

/**
 * Whether a source notices what happens. `watches`: nothing has happened yet that it could have noticed. `silent`: others told of a
 * change, and it has not heard of it.
 */
export interface Hearing {
  readonly state: 'speaks' | 'watches' | 'silent';
  /** It was the first to tell of the last change. */
  readonly wasFirst: boolean;
}

export interface MergedHandlers {
  appeared(source: SourceDescriptor): void;
  changed(source: SourceDescriptor): void;
  /** @param why it is gone, when it has not been disconnected. */
  vanished(key: string, why?: string): void;
  stateChanged(state: SourceState): void;
  /** A source is no longer in use. */
  left(name: string): void;
}

/** Within this time a source that was started (again) has told what is there. */
const RELIST_MS = 2_000;
/** A source that hears of a change does so within this time of another one. */
const HEARING_MS = 2_000;

/**
 * Runs several sources side by side and makes one story of what they say: the first to see a device announces it, the first to miss
 * it takes it back, and a slow source that repeats old news is not believed.
 */
export class SourceMerger {
  readonly #sources: Roster<DeviceEventSource>;
  readonly #handlers: MergedHandlers;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #keys = new Map<string, Sighting>();
  /** When a source was started (again). */
  readonly #began = new Map<string, number>();
  /** The last change of each kind of source, and who told of it first. */
  readonly #changes = new Map<string, { readonly at: number; readonly by: string }>();
  readonly #heard = new Map<string, number>();

  constructor(
    sources: Roster<DeviceEventSource>,
    handlers: MergedHandlers,
    deps: { readonly clock: Clock; readonly log: Logger },
  ) {
    this.#sources = sources;
    this.#handlers = handlers;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** Watches all sources until `signal` aborts; a source that fails is started again after a pause. */
  async run(signal: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    const unfollow = this.#sources.follow((source) => {
      const leaving = new AbortController();
      const release = follow(signal, leaving);
      const watching = this.#keepWatching(source, leaving.signal).finally(() => {
        release();
        running.delete(watching);
      });
      running.add(watching);
      return async () => {
        leaving.abort(new Error('the source is no longer in use'));
        await watching;
        this.#left(source.name);
      };
    });
    await aborted(signal);
    unfollow();
    await Promise.all(running);
  }

  hearing(name: string): Hearing {
    const source = this.#sources.all.find((each) => each.name === name);
    const heardAt = source?.heardAt ? source.heardAt() : this.#heard.get(name);
    const now = this.#clock.monotonicMs();
    const kinds = source?.supports.kinds ?? [];
    const began = this.#began.get(name) ?? now;
    const isMissed = [...this.#changes].some(
      ([kind, { at }]) =>
        kinds.includes(kind) &&
        at > began &&
        now - at >= HEARING_MS &&
        (heardAt === undefined || heardAt < at - HEARING_MS),
    );
    const last = [...this.#changes.values()].sort((a, b) => b.at - a.at)[0];
    const state = isMissed ? 'silent' : heardAt === undefined ? 'watches' : 'speaks';
    return { state, wasFirst: last?.by === name };
  }

  async #keepWatching(source: DeviceEventSource, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 1_000, maxMs: 60_000, healthyAfterMs: 60_000 });
    while (!signal.aborted) {
      const began = this.#clock.monotonicMs();
      try {
        await this.#watch(source, signal);
        if (signal.aborted) return;
        throw new Error('the source ended by itself');
      } catch (cause) {
        if (signal.aborted) return;
        const pauseMs = backoff.next(this.#clock.monotonicMs() - began);
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#handlers.stateChanged({ name: source.name, isWatching: false, reason });
        this.#log.warn('device source failed', { source: source.name, cause, retry_in_ms: pauseMs });
        this.#forget(source.name);
        await this.#clock.sleep(pauseMs, signal).catch(() => undefined);
      }
    }
  }

  async #watch(source: DeviceEventSource, signal: AbortSignal): Promise<void> {
    const cancelSweep = this.#clock.after(RELIST_MS, () => {
      this.#sweep(source.name);
    });
    this.#began.set(source.name, this.#clock.monotonicMs());
    try {
      this.#handlers.stateChanged({ name: source.name, isWatching: true });
      for await (const event of source.watch(signal)) this.#take(source.name, event);
    } finally {
      cancelSweep();
    }
  }

  #take(sourceName: string, event: DeviceEvent): void {
    this.#handlers.stateChanged({ name: sourceName, isWatching: true, lastEventAt: this.#clock.now() });
    if (!this.#isListing(sourceName)) this.#heard.set(sourceName, this.#clock.monotonicMs());
    if (event.type === 'removed') {
      this.#removed(sourceName, event.key);
      return;
    }
    const sighting = this.#sighting(event.source);
    if (!sighting.isPresent) {
      // Old news of a source that has not noticed yet that the device has been disconnected.
      if (event.type === 'changed' && sighting.vouchers.get(sourceName) === sighting.generation) return;
      sighting.isPresent = true;
      sighting.generation += 1;
      sighting.vouchers.set(sourceName, sighting.generation);
      this.#changed(sourceName, sighting.kind);
      this.#handlers.appeared(event.source);
      return;
    }
    sighting.vouchers.set(sourceName, sighting.generation);
    if (event.type === 'changed') this.#handlers.changed(event.source);
  }

  #removed(sourceName: string, key: string): void {
    const sighting = this.#keys.get(key);
    if (!sighting) return;
    const vouchedFor = sighting.vouchers.get(sourceName);
    sighting.vouchers.delete(sourceName);
    if (sighting.isPresent && vouchedFor === sighting.generation) {
      sighting.isPresent = false;
      this.#changed(sourceName, sighting.kind);
      this.#handlers.vanished(key);
    }
    if (!sighting.isPresent && sighting.vouchers.size === 0) this.#keys.delete(key);
  }

  /** Something came or went. What a source finds when it starts is no news. */
  #changed(by: string, kind: string): void {
    if (!this.#isListing(by)) this.#changes.set(kind, { at: this.#clock.monotonicMs(), by });
  }

  #isListing(name: string): boolean {
    const now = this.#clock.monotonicMs();
    return now - (this.#began.get(name) ?? now) <= RELIST_MS;
  }

  /** A failed source tells everything again when it is back; until then only what the others see counts. */
  #forget(sourceName: string): void {
    for (const [key, sighting] of this.#keys) {
      if (!sighting.vouchers.delete(sourceName) || sighting.vouchers.size > 0) continue;
      sighting.lastVoucher = sourceName;
      if (!sighting.isPresent) this.#keys.delete(key);
    }
  }

  #left(sourceName: string): void {
    this.#forget(sourceName);
    this.#sweep(sourceName, 'the source that reported it is no longer in use');
    this.#began.delete(sourceName);
    this.#heard.delete(sourceName);
    this.#handlers.left(sourceName);
  }

  /** Takes back what a source that failed does not see any more, unless another one does. */
  #sweep(sourceName: string, why?: string): void {
    for (const [key, sighting] of this.#keys) {
      if (sighting.vouchers.size > 0 || sighting.lastVoucher !== sourceName) continue;
      this.#keys.delete(key);
      this.#handlers.vanished(key, why);
    }
  }

  #sighting({ key, kind }: SourceDescriptor): Sighting {
    let sighting = this.#keys.get(key);
    if (!sighting) {
      sighting = { kind, generation: 0, isPresent: false, vouchers: new Map() };
      this.#keys.set(key, sighting);
    }
    return sighting;
  }
}
