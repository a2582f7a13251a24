import type { Clock, DeviceEvent, DeviceEventSource, Logger, SourceDescriptor } from '../../ports/index.js';
import { Backoff } from '../lifecycle/backoff.js';

/** What one key looks like over all sources. */
interface Presence {
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

export interface MergedHandlers {
  appeared(source: SourceDescriptor): void;
  changed(source: SourceDescriptor): void;
  vanished(key: string): void;
  stateChanged(state: SourceState): void;
}

/** Within this time a source that was started (again) has told what is there. */
const RELIST_MS = 2_000;

/**
 * Runs several sources side by side and makes one story of what they say: the first to see a device announces it, the first to miss
 * it takes it back, and a slow source that repeats old news is not believed.
 */
export class SourceMerger {
  readonly #sources: readonly DeviceEventSource[];
  readonly #handlers: MergedHandlers;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #keys = new Map<string, Presence>();

  constructor(
    sources: readonly DeviceEventSource[],
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
    await Promise.all(this.#sources.map((source) => this.#keepWatching(source, signal)));
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
    try {
      this.#handlers.stateChanged({ name: source.name, isWatching: true });
      for await (const event of source.watch(signal)) this.#take(source.name, event);
    } finally {
      cancelSweep();
    }
  }

  #take(sourceName: string, event: DeviceEvent): void {
    this.#handlers.stateChanged({ name: sourceName, isWatching: true, lastEventAt: this.#clock.now() });
    if (event.type === 'removed') {
      this.#removed(sourceName, event.key);
      return;
    }
    const presence = this.#presence(event.source.key);
    if (!presence.isPresent) {
      // Old news of a source that has not noticed yet that the device is gone.
      if (event.type === 'changed' && presence.vouchers.get(sourceName) === presence.generation) return;
      presence.isPresent = true;
      presence.generation += 1;
      presence.vouchers.set(sourceName, presence.generation);
      this.#handlers.appeared(event.source);
      return;
    }
    presence.vouchers.set(sourceName, presence.generation);
    if (event.type === 'changed') this.#handlers.changed(event.source);
  }

  #removed(sourceName: string, key: string): void {
    const presence = this.#keys.get(key);
    if (!presence) return;
    const vouchedFor = presence.vouchers.get(sourceName);
    presence.vouchers.delete(sourceName);
    if (presence.isPresent && vouchedFor === presence.generation) {
      presence.isPresent = false;
      this.#handlers.vanished(key);
    }
    if (!presence.isPresent && presence.vouchers.size === 0) this.#keys.delete(key);
  }

  /** A failed source tells everything again when it is back; until then only what the others see counts. */
  #forget(sourceName: string): void {
    for (const [key, presence] of this.#keys) {
      if (!presence.vouchers.delete(sourceName) || presence.vouchers.size > 0) continue;
      presence.lastVoucher = sourceName;
      if (!presence.isPresent) this.#keys.delete(key);
    }
  }

  /** Takes back what a source that failed does not see any more, unless another one does. */
  #sweep(sourceName: string): void {
    for (const [key, presence] of this.#keys) {
      if (presence.vouchers.size > 0 || presence.lastVoucher !== sourceName) continue;
      this.#keys.delete(key);
      this.#handlers.vanished(key);
    }
  }

  #presence(key: string): Presence {
    let presence = this.#keys.get(key);
    if (!presence) {
      presence = { generation: 0, isPresent: false, vouchers: new Map() };
      this.#keys.set(key, presence);
    }
    return presence;
  }
}
