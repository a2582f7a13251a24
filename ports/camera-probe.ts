import type { SourceDescriptor } from './device-event-source.js';
import type { Lifecycle } from './lifecycle.js';

export interface FrameSize {
  readonly width: number;
  readonly height: number;
  /** Frames per second the camera offers at this size, descending. Empty when it does not tell. */
  readonly fps: readonly number[];
}

export interface PixelFormat {
  /** FourCC as V4L2 spells it: `MJPG`, `YUYV`, `H264`, … */
  readonly pixelFormat: string;
  readonly description: string;
  readonly compressed: boolean;
  readonly sizes: readonly FrameSize[];
}

export interface CameraControl {
  readonly name: string;
  readonly type: 'integer' | 'boolean' | 'menu' | 'button' | 'other';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly step?: number;
  readonly default?: number;
  readonly menu?: readonly string[];
}

export interface CameraCapabilities {
  readonly driver: string;
  readonly card: string;
  /** Bus address as the driver gives it; empty when there is none. */
  readonly bus: string;
  readonly formats: readonly PixelFormat[];
  readonly controls: readonly CameraControl[];
}

/** Asks a camera what it can do. Opens the device, never streams from it, and leaves nothing open. */
export interface CameraProbe extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    /** The kinds of source it can ask. */
    readonly kinds: readonly string[];
  };
  /**
   * May be called while another program or this service streams from the camera.
   * @throws PortError `DEVICE_GONE`, `DEVICE_BUSY`, `DEVICE_FORBIDDEN` (retryable: permissions come late after a plug),
   * `DEVICE_UNSUPPORTED` (`detail.reason` `not_capture` for a metadata or output node), `TOOL_MISSING`. The signal's reason on abort.
   */
  probe(source: SourceDescriptor, signal: AbortSignal): Promise<CameraCapabilities>;
  /**
   * Resolves when no program has the camera for itself. Takes nothing and starts nothing, so it may be asked each second. It cannot
   * tell friend from foe: not to be asked while this service itself has the camera. Absent where it cannot be told.
   * @throws PortError as `probe`, `DEVICE_BUSY` (`detail.holder` when it can be known) above all. The signal's reason on abort.
   */
  requireFree?(source: SourceDescriptor, signal: AbortSignal): Promise<void>;
}
