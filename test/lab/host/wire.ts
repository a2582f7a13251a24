/** What goes between a test and the adapters in the guest. */
import type { DeviceEventSource } from '../../../ports/device-event-source.js';
import type { PortErrorCode } from '../../../ports/port-error.js';

/** A control of a camera, by the name that the driver gives it. */
export interface ControlSetting {
  readonly node: string;
  readonly name: string;
  readonly value: number;
}

/** A device source, and where it comes from. */
export interface SourceSpec {
  /** Absolute path of the entry file of the plugin that provides it. */
  readonly plugin: string;
  /** The name under which the plugin provides it. */
  readonly name: string;
  /** Its section of the configuration. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A source that was made in the guest. */
export interface MadeSource {
  readonly handle: number;
  readonly name: string;
  readonly supports: DeviceEventSource['supports'];
}

export interface Call {
  readonly id: number;
  readonly method: 'probe' | 'requireFree' | 'grab' | 'source' | 'watch' | 'control' | 'log' | 'abort';
  readonly argument: unknown;
}

export interface WireError {
  /** `TypeError` where the caller made a mistake. */
  readonly name?: string;
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
