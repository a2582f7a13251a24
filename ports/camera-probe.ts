import type { SourceDescriptor } from './device-event-source.js';
import type { Lifecycle } from './lifecycle.js';

export interface FrameSize {
  readonly width: number;
  readonly height: number;
  /** Frame rates that the camera offers at this size, in descending order. Empty if unknown. */
  readonly fps: readonly number[];
}

export interface PixelFormat {
  /** FourCC code as used by V4L2: `MJPG`, `YUYV`, `H264`, … */
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
  /** Bus address as reported by the driver; empty if there is none. */
  readonly bus: string;
  readonly formats: readonly PixelFormat[];
  readonly controls: readonly CameraControl[];
}

/** Determines the capabilities of a camera. Opens the device without streaming from it, and closes it again. */
export interface CameraProbe extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    /** The kinds of sources it can probe. */
    readonly kinds: readonly string[];
  };
  /**
   * May be called while another program or this service streams from the camera.
   * @throws PortError `DEVICE_GONE`, `DEVICE_BUSY`, `DEVICE_FORBIDDEN` (retryable: permissions may be granted late after a camera is plugged in),
   * `DEVICE_UNSUPPORTED` (`detail.reason` `not_capture` for a metadata or output node), `TOOL_MISSING`. The signal's reason on abort.
   */
  probe(source: SourceDescriptor, signal: AbortSignal): Promise<CameraCapabilities>;
  /**
   * Resolves if no program is using the camera exclusively. It does not claim or start the camera, so it may be called every second.
   * It must not be called while this service itself uses the camera, because it cannot tell who does. Absent if this cannot be
   * determined.
   * @throws PortError like `probe`, in particular `DEVICE_BUSY` (with `detail.holder` if known). The signal's reason on abort.
   */
  requireFree?(source: SourceDescriptor, signal: AbortSignal): Promise<void>;
}
