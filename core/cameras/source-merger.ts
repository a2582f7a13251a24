import type { Clock, DeviceEvent, DeviceEventSource, Logger, SourceDescriptor } from '../../ports/index.js';
import { Backoff } from '../lifecycle/backoff.js';

/** What one key looks like over all sources. */
interface Presence {
  /** Rises with each coming and going; an answer about an earlier generation is stale. */
  generation: number;
  isPresent: boolean;
  /** Which source vouches, and for which generation. */
  readonly vouchers: Map<string, number>;
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
        this.#handlers.stateChanged({ name: source.name, isWatching: true });
        for await (const event of source.watch(signal)) this.#take(source.name, event);
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

  #take(sourceName: string, event: DeviceEvent): void {
    this.#handlers.stateChanged({ name: sourceName, isWatching: true, lastEventAt: this.#clock.now() });
    if (event.type === 'removed') {
      this.#removed(sourceName, event.key);
      return;
    }
    const presence = this.#presence(event.source.key);
    if (!presence.isPresent) {
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
    if (!presence.isPresent || vouchedFor !== presence.generation) return;
    presence.isPresent = false;
    this.#handlers.vanished(key);
  }

  /** A failed source tells everything again when it is back; until then only what the others see counts. */
  #forget(sourceName: string): void {
    for (const presence of this.#keys.values()) presence.vouchers.delete(sourceName);
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
