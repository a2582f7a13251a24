import type { Lifecycle } from './lifecycle.js';

/** One event on its way to whoever listens, on this node or on others. Plain JSON data. */
export interface BusEvent {
  /** `noun.past_participle`, such as `camera.connected`. */
  readonly topic: string;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly at: number;
  /** The node that published it; empty on a single node. */
  readonly origin: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Carries events from those who publish to those who listen. */
export interface EventBus extends Lifecycle {
  readonly name: string;
  readonly supports: {
    /** True when listeners of other processes get the events too. */
    readonly remote: boolean;
  };
  /** Connects. A bus whose server is away comes up all the same and connects later. @throws PortError `SOURCE_UNAVAILABLE`. */
  start(signal: AbortSignal): Promise<void>;
  /** After it `publish` calls are ignored. */
  stop(signal: AbortSignal): Promise<void>;
  /**
   * Hands the event to each listener, in the order of publication per publisher. Never throws and never waits for a
   * listener; a listener that throws does not keep the others from getting the event.
   */
  publish(event: BusEvent): void;
  /** @returns a function that ends the subscription; calling it twice does nothing. */
  subscribe(listener: (event: BusEvent) => void): () => void;
}
