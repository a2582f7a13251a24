import type { SourceDescriptor } from './device-event-source.js';

/** One picture, as a JPEG file. */
export interface Frame {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Rises by one per picture of one capture; a jump means pictures were skipped. */
  readonly sequence: number;
  /** When it arrived here, in milliseconds since 1970. */
  readonly capturedAt: number;
}

/** What the camera is asked to deliver. */
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
   * Where to publish: an RTSP server that takes a stream by ANNOUNCE and RECORD (RFC 2326 §10), over TCP. Holds a credential that is
   * good for one use, so it is dialled once. The stream has one video track: H.264 (4:2:0, 8 bits) or H.265, without B-frames because
   * WebRTC cannot show them, a keyframe first and then at least every two seconds unless the camera itself encodes, and timestamps
   * that rise and keep the intervals at which the camera delivered.
   */
  readonly publishUrl: string;
  /** Pictures per second that the service wants for itself; ignored when the camera's own JPEGs are passed on. */
  readonly tapFps: number;
}

export interface CaptureStats {
  /** Pictures handed to the service since the start. */
  readonly tapFrames: number;
  /** Pictures sent to the media server since the start. */
  readonly publishedFrames: number;
  /** When the last picture arrived by either way, in milliseconds since 1970; 0 before the first. */
  readonly lastFrameAt: number;
}

/** How a capture ended. */
export interface CaptureEnd {
  /**
   * `stopped`: it was asked to. All others: by itself. `no_bandwidth`: the USB bus is full. An ffmpeg that ends with exit code 0
   * without having been asked is `device_gone`: that is what it does when a camera is pulled.
   */
  readonly reason:
    'stopped' | 'device_gone' | 'device_busy' | 'no_bandwidth' | 'publish_failed' | 'tool_missing' | 'failed';
  readonly message: string;
  /** Which program has the camera, with `device_busy`, when it can be known. */
  readonly holder?: string;
  /** The last lines of diagnosis, bounded, without secrets. */
  readonly tail: readonly string[];
}

/** A capture under way. */
export interface CaptureSession {
  /** Process id, when a process does the work. */
  readonly pid: number | undefined;
  readonly startedAt: number;
  /** The newest picture, or `undefined` before the first. */
  latest(): Frame | undefined;
  /** Resolves with the next picture after `sequence`. @throws PortError `NO_FRAME` when the capture ends first; the signal's reason. */
  next(afterSequence: number, signal: AbortSignal): Promise<Frame>;
  stats(): CaptureStats;
  /** Resolves when the capture has ended and the device is closed; never rejects. */
  readonly ended: Promise<CaptureEnd>;
  /**
   * Ends it: politely, then by force (the whole process group). Resolves when the device is closed. May be repeated.
   * @param graceMs how long politeness may take; 0 for a camera that hangs.
   */
  stop(graceMs: number): Promise<void>;
}

/**
 * Owns a device while pictures are wanted: publishes the stream and hands the newest picture to the service. Runs once;
 * restarting, back-off and noticing silence are the caller's.
 */
export interface Capture {
  readonly name: string;
  readonly supports: {
    readonly kinds: readonly string[];
    /** Whether one program at a time can have such a source, as is so with a device. Absent: true. */
    readonly exclusive?: boolean;
  };
  /**
   * Starts; resolves when the capture is under way, before the first picture.
   * @param signal ends the capture by force when it aborts, also after this call resolved.
   * @throws PortError `TOOL_MISSING`, `DEVICE_UNSUPPORTED`, or the signal's reason.
   */
  start(job: CaptureJob, signal: AbortSignal): Promise<CaptureSession>;
  /**
   * What keeps it from working as it should on this machine, such as a program that is too old, as a sentence that says what to do;
   * `undefined` when all is well. Asked once while the service starts, and shown in health. Left out: nothing can be wrong.
   * @throws the signal's reason.
   */
  trouble?(signal: AbortSignal): Promise<string | undefined>;
}
