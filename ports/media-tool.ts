import type { Lifecycle } from './lifecycle.js';

export interface MediaFacts {
  /** Container as clients know it. */
  readonly format: 'fmp4' | 'mp4' | 'mpegts' | 'mkv' | 'jpg' | 'png' | 'unknown';
  /** Video codec name, such as `h264`; empty without video. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Seconds of the longest track, measured from the pictures when the header does not tell; 0 for a still. */
  readonly durationSeconds: number;
}

/** How far the frames of a file have been looked at. Plain data, of use for the same tool only. */
export interface FramePosition {
  readonly byte: number;
  /** Time of the last frame since the beginning of the file, in seconds. */
  readonly seconds: number;
  /** The usual time between two frames, in seconds; 0 before the second one. */
  readonly interval: number;
}

/** What the timestamps of a file's video frames tell. */
export interface FrameReport {
  /** Times without a frame of a second or more: when each begins since the beginning of the file, and how long it is. */
  readonly pauses: readonly { readonly atSeconds: number; readonly seconds: number }[];
  readonly position: FramePosition;
}

export interface StillOptions {
  readonly format: 'jpg' | 'png';
  /** 1 (small) to 100 (good); JPEG only. */
  readonly quality?: number;
  /** Pixels; the height follows the aspect ratio. Never enlarges. */
  readonly width?: number;
}

/** Inspects and converts media files. Works on paths of this machine. */
export interface MediaTool extends Partial<Lifecycle> {
  readonly name: string;
  /** @throws PortError `FILE_NOT_FOUND`, `TOOL_MISSING`, `TOOL_FAILED` for a file that is not media, or the signal's reason. */
  inspect(path: string, signal: AbortSignal): Promise<MediaFacts>;
  /**
   * Looks at the timestamps of the video frames, from where an earlier look ended. The file may still be written: what is not whole
   * yet is left to the next look. Containers that are not recorded into (MP4 without fragments, Matroska) have no pauses.
   * @throws PortError `FILE_NOT_FOUND`, `TOOL_FAILED` for a file that is not media, or the signal's reason.
   */
  frames(path: string, from: FramePosition | undefined, signal: AbortSignal): Promise<FrameReport>;
  /**
   * Copies the tracks of `from` into another container, without encoding. `to` appears only when it is complete.
   * @throws PortError as `inspect`, and `STORAGE_FULL`.
   */
  remux(
    request: { readonly from: string; readonly to: string; readonly format: 'mp4' | 'mkv' | 'mpegts' },
    signal: AbortSignal,
  ): Promise<void>;
  /** Converts a JPEG picture. @throws PortError `TOOL_MISSING`, `TOOL_FAILED`, or the signal's reason. */
  convertStill(
    jpeg: Uint8Array,
    options: StillOptions,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly width: number; readonly height: number }>;
}
