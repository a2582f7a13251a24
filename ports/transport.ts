import type { Lifecycle } from './lifecycle.js';
import type { ServiceEndpoint } from './service-endpoint.js';

export type * from './service-endpoint.js';

/** Accepts client connections and translates between bytes and calls. */
export interface Transport extends Lifecycle<readonly [service: ServiceEndpoint]> {
  readonly name: string;
  readonly supports: {
    readonly calls: boolean;
    /** Notifications reach the client without being asked for. */
    readonly events: boolean;
    readonly files: boolean;
    readonly health: boolean;
    /** Clients write JSON-RPC 2.0 messages, and so may write wrong ones. False where calls have another form, or none. */
    readonly jsonRpc: boolean;
    /** A JSON-RPC message may hold several calls, as an array. */
    readonly batches: boolean;
  };
  /** Accepts clients from the moment it resolves. @throws PortError `ADDRESS_IN_USE`, `ADDRESS_UNAVAILABLE`, `TOOL_MISSING`. */
  start(service: ServiceEndpoint, signal: AbortSignal): Promise<void>;
  /** Refuses new clients and calls, lets calls under way answer until `signal` aborts, then closes all. */
  stop(signal: AbortSignal): Promise<void>;
  /** URLs at which it can be reached, for people; empty before `start`. */
  addresses(): readonly string[];
}
