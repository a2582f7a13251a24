import type { CaptureFormat, Frame } from './capture.js';
import type { SourceDescriptor } from './device-event-source.js';
import type { Lifecycle } from './lifecycle.js';

export interface GrabRequest {
  readonly source: SourceDescriptor;
  readonly format: CaptureFormat;
  /** Number of initial frames to discard, because many cameras start with dark or torn frames. */
  readonly warmUpFrames: number;
}

/** Takes one usable frame from an idle camera: opens the device, lets it warm up, takes a frame, and closes the device. */
export interface FrameGrabber extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    readonly kinds: readonly string[];
    /** `tier_used` of a snapshot taken by this grabber (see `docs/glossary.md`): 0 without a child process, 1 with one. */
    readonly tier: 0 | 1 | 2;
    /** Whether only one program at a time can use such a source, as with a device. Absent: true. */
    readonly exclusive?: boolean;
  };
  /**
   * @param signal carries the deadline. The device is always closed when the promise settles.
   * @throws PortError `DEVICE_GONE`, `DEVICE_BUSY`, `DEVICE_FORBIDDEN`, `DEVICE_UNSUPPORTED`, `NO_FRAME`, `TOOL_MISSING`, or the
   * signal's reason.
   */
  grab(request: GrabRequest, signal: AbortSignal): Promise<Frame>;
}
