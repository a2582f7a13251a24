/** What goes between a test and the adapters in the guest. */
import type { PortErrorCode } from '../../../ports/port-error.js';

/** A control of a camera, by the name that the driver gives it. */
export interface ControlSetting {
  readonly node: string;
  readonly name: string;
  readonly value: number;
}

export interface Call {
  readonly id: number;
  readonly method: 'probe' | 'requireFree' | 'grab' | 'watch' | 'control' | 'log' | 'abort';
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
