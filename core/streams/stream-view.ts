import type { CaptureStats, PathSpec, PortErrorCode } from '../../ports/index.js';
import type { StreamEnd } from './capture-failure.js';

/** INACTIVE: nobody needs it. STARTING: no frame yet. ACTIVE: frames arrive. ERROR: tried, failed, tried again later. */
export type StreamStatus = 'INACTIVE' | 'STARTING' | 'ACTIVE' | 'STOPPING' | 'ERROR';

/** A stream as it is at one moment: plain, frozen data. */
export interface StreamView {
  readonly camera: string;
  readonly status: StreamStatus;
  /** Somebody needs the camera. */
  readonly isWanted: boolean;
  /** Frames can be had by viewers and by the recorder. */
  readonly isReady: boolean;
  /** What keeps the camera from being started now, if anything does. */
  readonly obstacle: PortErrorCode | undefined;
  /** What the media server is to record of it. */
  readonly record: PathSpec['record'];
  /** Since when frames have been arriving, in milliseconds since 1970. */
  readonly startedAt: number | undefined;
  /** How often a capture failed and was started again since the service started. */
  readonly restarts: number;
  /** How the last capture ended that failed. */
  readonly lastFailure: (StreamEnd['end'] & { readonly at: number }) | undefined;
  /** The capture under way. */
  readonly capture:
    (CaptureStats & { readonly pid: number | undefined; readonly startedAt: number }) | undefined;
  /** Who reads it at the media server. */
  readonly readers: number;
  /** Bytes sent to readers. */
  readonly outboundBytes: number;
  /** Bits per second that the camera delivered between the last two looks at the media server. */
  readonly bitrate: number;
}
