import type { SourceDescriptor } from './device-event-source.js';

/** One frame, as a JPEG file. */
export interface Frame {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Increases by one with each frame of a capture; a larger step means that frames were skipped. */
  readonly sequence: number;
  /** Time of arrival, in milliseconds since 1970. */
  readonly capturedAt: number;
}

/** The format requested from the camera. */
export interface CaptureFormat {
  /** FourCC, such as `MJPG`. */
  readonly pixelFormat: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

export interface CaptureJob {
  /** Camera identifier, for logs and process labels. */
  readonly camera: string;
  readonly source: SourceDescriptor;
  readonly format: CaptureFormat;
  /**
   * Where to publish: an RTSP server that accepts a stream by ANNOUNCE and RECORD (RFC 2326 §10) over TCP. The URL contains a
   * credential for a single use, so connect only once. The stream has one video track: H.264 (4:2:0, 8 bits) or H.265, without
   * B-frames because WebRTC does not support them. It begins with a keyframe and has one at least every two seconds, unless the camera
   * itself encodes. Its timestamps increase and preserve the intervals at which the camera delivered the frames.
   */
  readonly publishUrl: string;
  /** Frame rate for the service's own JPEG frames; ignored if the camera's JPEG frames are passed on unchanged. */
  readonly tapFps: number;
}

export interface CaptureStats {
  /** Number of frames delivered to the service since the start. */
  readonly tapFrames: number;
  /** Number of frames sent to the media server since the start. */
  readonly publishedFrames: number;
  /** Time of the last frame delivered to either, in milliseconds since 1970; 0 before the first frame. */
  readonly lastFrameAt: number;
}

/** How a capture ended. */
export interface CaptureEnd {
  /**
   * `stopped`: the caller stopped it; with all other reasons, it ended by itself. `no_bandwidth`: the USB bus has no bandwidth left.
   * `device_gone` includes an ffmpeg process that exits with code 0 without having been stopped, as it does when a camera is unplugged.
   */
  readonly reason:
    'stopped' | 'device_gone' | 'device_busy' | 'no_bandwidth' | 'publish_failed' | 'tool_missing' | 'failed';
  readonly message: string;
  /** With `device_busy`: the program that uses the camera, if known. */
  readonly holder?: string;
  /** The last lines of diagnostic output, limited in size and without secrets. */
  readonly tail: readonly string[];
}

/** A running capture. */
export interface CaptureSession {
  /** Process id, if a separate process does the work. */
  readonly pid: number | undefined;
  readonly startedAt: number;
  /** The latest frame, or `undefined` before the first. */
  latest(): Frame | undefined;
  /** Resolves with the next frame after `afterSequence`. @throws PortError `NO_FRAME` if the capture ends first; the signal's reason. */
  next(afterSequence: number, signal: AbortSignal): Promise<Frame>;
  stats(): CaptureStats;
  /** Resolves when the capture has ended and the device is closed; never rejects. */
  readonly ended: Promise<CaptureEnd>;
  /**
   * Stops the capture: first gracefully, then by killing the whole process group. Resolves when the device is closed. May be repeated.
   * @param graceMs time for a graceful end; 0 for a camera that hangs.
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * Owns a device while its frames are needed: publishes the stream and provides the latest frame to the service. Runs once;
 * the caller is responsible for restarting it, for back-off, and for detecting that no frames arrive.
 */
export interface Capture {
  readonly name: string;
  readonly supports: {
    readonly kinds: readonly string[];
    /** Whether only one program at a time can use such a source, as with a device. Absent: true. */
    readonly exclusive?: boolean;
  };
  /**
   * Starts a capture. Resolves when the capture is running, which may be before the first frame.
   * @param signal kills the capture when it aborts, even after this call has resolved.
   * @throws PortError `TOOL_MISSING`, `DEVICE_UNSUPPORTED`, or the signal's reason.
   */
  start(job: CaptureJob, signal: AbortSignal): Promise<CaptureSession>;
  /**
   * A problem of this machine that impairs the adapter, such as a program that is too old, as a sentence with the remedy;
   * `undefined` if there is none. Called once while the service starts, and shown in health. Absent if there can be no such problem.
   * @throws the signal's reason.
   */
  trouble?(signal: AbortSignal): Promise<string | undefined>;
}
