import type { CaptureFormat, Frame } from './capture.js';
import type { SourceDescriptor } from './device-event-source.js';
import type { Lifecycle } from './lifecycle.js';

export interface GrabRequest {
  readonly source: SourceDescriptor;
  readonly format: CaptureFormat;
  /** First pictures to throw away: many cameras start dark or torn. */
  readonly warmUpFrames: number;
}

/** Takes one good picture from a camera that nobody streams from: opens, warms up, grabs, closes. */
export interface FrameGrabber extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    readonly kinds: readonly string[];
    /** `tier_used` of a picture of this grabber (see `docs/glossary.md`): 0 without a process, 1 with one. */
    readonly tier: 0 | 1 | 2;
    /** Whether one program at a time can have such a source, as is so with a device. Absent: true. */
    readonly exclusive?: boolean;
  };
  /**
   * @param signal carries the deadline. Whatever happens, the device is closed when the promise settles.
   * @throws PortError `DEVICE_GONE`, `DEVICE_BUSY`, `DEVICE_FORBIDDEN`, `DEVICE_UNSUPPORTED`, `NO_FRAME`, `TOOL_MISSING`, or the
   * signal's reason.
   */
  grab(request: GrabRequest, signal: AbortSignal): Promise<Frame>;
}
