import type { Lifecycle } from './lifecycle.js';

/** An event for the listeners on this node or on others. Plain JSON data. */
export interface BusEvent {
  /** `noun.past_participle`, such as `camera.connected`. */
  readonly topic: string;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly at: number;
  /** The node that published the event; empty if there is only one node. */
  readonly origin: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Distributes events from publishers to listeners. */
export interface EventBus extends Lifecycle {
  readonly name: string;
  readonly supports: {
    /** Whether listeners in other processes receive the events, too. */
    readonly remote: boolean;
  };
  /** Connects. If the server of the bus is unavailable, the bus starts nevertheless and connects later. @throws PortError `SOURCE_UNAVAILABLE`. */
  start(signal: AbortSignal): Promise<void>;
  /** Disconnects. Later calls of `publish` are ignored. */
  stop(signal: AbortSignal): Promise<void>;
  /**
   * Delivers the event to every listener, in the order of publication per publisher. Never throws and never waits for a
   * listener. A listener that throws does not prevent the others from receiving the event.
   */
  publish(event: BusEvent): void;
  /** @returns a function that ends the subscription; further calls do nothing. */
  subscribe(listener: (event: BusEvent) => void): () => void;
}
