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

export interface StillOptions {
  readonly format: 'jpg' | 'png';
  /** 1 (small) to 100 (good); JPEG only. */
  readonly quality?: number;
  /** Pixels; the height follows the aspect ratio. Never enlarges. */
  readonly width?: number;
}

/** Looks into media files and rewrites them. Works on paths of this machine. */
export interface MediaTool extends Partial<Lifecycle> {
  readonly name: string;
  /** @throws PortError `FILE_NOT_FOUND`, `TOOL_MISSING`, `TOOL_FAILED` for a file that is not media, or the signal's reason. */
  inspect(path: string, signal: AbortSignal): Promise<MediaFacts>;
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
