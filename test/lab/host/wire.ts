/** What goes between a test and the adapters in the guest. */
import type { PortErrorCode } from '../../../ports/port-error.js';

export interface Call {
  readonly id: number;
  readonly method: 'probe' | 'grab' | 'watch' | 'abort';
  readonly argument: unknown;
}

export interface WireError {
  readonly code?: PortErrorCode;
  readonly message: string;
  readonly retryable?: boolean;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly id: number;
  readonly event?: unknown;
  readonly done?: true;
  readonly result?: unknown;
  readonly error?: WireError;
  /** Camera nodes that the adapters still have open. */
  readonly openNodes?: number;
}
