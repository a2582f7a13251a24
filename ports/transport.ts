import type { Lifecycle } from './lifecycle.js';
import type { ServiceEndpoint } from './service-endpoint.js';

export type * from './service-endpoint.js';

/** Accepts client connections and translates between bytes and calls. */
export interface Transport extends Lifecycle<readonly [service: ServiceEndpoint]> {
  readonly name: string;
  readonly supports: {
    readonly calls: boolean;
    /** Whether clients receive notifications. */
    readonly events: boolean;
    readonly files: boolean;
    readonly health: boolean;
    /** Whether clients send JSON-RPC 2.0 messages, and may therefore send invalid ones. False if calls have another form, or none. */
    readonly jsonRpc: boolean;
    /** Whether a JSON-RPC message may contain several calls as an array. */
    readonly batches: boolean;
  };
  /** Accepts clients as soon as it resolves. @throws PortError `ADDRESS_IN_USE`, `ADDRESS_UNAVAILABLE`, `TOOL_MISSING`. */
  start(service: ServiceEndpoint, signal: AbortSignal): Promise<void>;
  /** Refuses new clients and calls, lets running calls finish until `signal` aborts, then closes all connections. */
  stop(signal: AbortSignal): Promise<void>;
  /** URLs at which the transport can be reached, for display; empty before `start`. */
  addresses(): readonly string[];
}
