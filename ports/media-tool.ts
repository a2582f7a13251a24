import type { ByteRange } from './file-store.js';
import type { Lifecycle } from './lifecycle.js';

export interface MediaFacts {
  /** Container format, as in the API. */
  readonly format: 'fmp4' | 'mp4' | 'mpegts' | 'mkv' | 'avi' | 'jpg' | 'png' | 'unknown';
  /** Video codec name, such as `h264`; empty without video. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Duration of the longest track in seconds, measured from the frames if the header does not contain it; 0 for an image. */
  readonly durationSeconds: number;
  /** Whether an MPEG-TS file declares a stream of KLV metadata (MISB ST 1402); absent if unknown. */
  readonly hasKlv?: boolean;
}

/** How much of a file is intact, as its structure tells. Damage inside a frame changes no structure and is not found. */
export interface IntegrityReport {
  /** Container format; `unknown` for a file in which no structure was found, such as an empty one. */
  readonly format: 'fmp4' | 'mp4' | 'mpegts' | 'mkv' | 'unknown';
  /** Size of the file when it was examined. */
  readonly sizeBytes: number;
  /** Whether the whole file is intact. */
  readonly complete: boolean;
  /**
   * The intact parts, in ascending order and apart from each other. Joined together, they are a playable file: of fragmented MP4 the
   * initialisation and every complete fragment (ISO/IEC 14496-12 §8.8), of MPEG-TS every packet in sync (ISO/IEC 13818-1 §2.4.3).
   * Empty if there is not a single complete fragment or packet. Other containers are intact as a whole or not at all; Matroska is
   * not examined and counts as intact.
   */
  readonly intact: readonly ByteRange[];
  /** What is wrong, and at which byte; at most 100 entries, in the order in which they were found. */
  readonly problems: readonly { readonly at: number; readonly reason: string }[];
}

/** How far the frames of a file have been examined. Plain data that only the same tool can use. */
export interface FramePosition {
  readonly byte: number;
  /** Time of the last frame, in seconds since the beginning of the file. */
  readonly seconds: number;
  /** The typical interval between two frames in seconds; 0 before the second frame. */
  readonly interval: number;
}

/** The result of examining the timestamps of the video frames of a file. */
export interface FrameReport {
  /** Periods of at least one second without a frame, each with its beginning since the start of the file and its duration. */
  readonly pauses: readonly { readonly atSeconds: number; readonly seconds: number }[];
  readonly position: FramePosition;
}

export interface RemuxRequest {
  readonly from: string;
  /** Path of the new file. May be the same as `from`: the original is then replaced. */
  readonly to: string;
  readonly format: 'mp4' | 'mkv' | 'avi' | 'mpegts';
  /** Called now and then with the seconds of media that have been copied, never fewer than before. Must not throw. */
  readonly onProgress?: (seconds: number) => void;
}

/** A part of a file, in seconds since its first frame. A frame at `from` belongs to it, one at `to` does not. */
export interface CutPart {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

export interface CutRequest extends Omit<RemuxRequest, 'from'> {
  /** In the order in which they are joined; at least one. */
  readonly parts: readonly CutPart[];
  /**
   * `false`: frames are copied, and each part begins with the keyframe at or before its `from`. `true`: each part begins with its first
   * frame, for which the frames are encoded again, and parts are scaled to the size of the first one.
   */
  readonly exact: boolean;
}

/**
 * What is in the new file, one entry for each part: when its first frame is shown and when its last one ends, in seconds since the
 * first frame of the original. Equal if the part has no frame.
 */
export interface CutReport {
  readonly parts: readonly { readonly from: number; readonly to: number; readonly frames: number }[];
}

export interface StillOptions {
  readonly format: 'jpg' | 'png';
  /** From 1 (smallest file) to 100 (best quality); JPEG only. */
  readonly quality?: number;
  /** Width in pixels; the height follows from the aspect ratio. Images are never enlarged. */
  readonly width?: number;
}

/** `atSeconds` counts from the first frame. */
export type VideoFrame = StillOptions & { readonly path: string; readonly atSeconds: number };

/** Inspects and converts media files. Works on local paths. */
export interface MediaTool extends Partial<Lifecycle> {
  readonly name: string;
  /** @throws PortError `FILE_NOT_FOUND`, `TOOL_MISSING`, `TOOL_FAILED` for a file that is not media, or the signal's reason. */
  inspect(path: string, signal: AbortSignal): Promise<MediaFacts>;
  /**
   * Examines the timestamps of the video frames, continuing where an earlier call ended. The file may still be growing: incomplete
   * parts are left to the next call. For containers that are never used for recording (MP4 without fragments, Matroska), it reports no
   * pauses.
   * @throws PortError `FILE_NOT_FOUND`, `TOOL_FAILED` for a file that is not media, or the signal's reason.
   */
  frames(path: string, from: FramePosition | undefined, signal: AbortSignal): Promise<FrameReport>;
  /**
   * Finds which bytes of a file are intact, from its structure and without decoding. Never rejects because of the content of the file,
   * needs memory that does not depend on its size, and time in proportion to it.
   * @throws PortError `FILE_NOT_FOUND`, `TOOL_FAILED` for a file that cannot be read, or the signal's reason.
   */
  integrity(path: string, signal: AbortSignal): Promise<IntegrityReport>;
  /**
   * Copies the tracks of `from` into another container format without encoding, at low priority. `to` appears only when it is complete
   * and verified: it has as many video frames as the original, over the same time, with a tolerance of one frame. Until then, and after
   * a failure, the original is untouched and nothing else is left behind.
   * @throws PortError like `inspect`, and `STORAGE_FULL`. `TOOL_FAILED` also if the new file is not like the original.
   */
  remux(request: RemuxRequest, signal: AbortSignal): Promise<void>;
  /**
   * Makes one file of the video of parts of other files, without pauses between them, at low priority. An original may still be
   * growing: its complete parts count. `to` appears only when it is complete and has exactly the frames that are reported.
   * @throws PortError like `remux`. `TOOL_FAILED` also if no part has a frame. `UNSUPPORTED` if parts cannot be joined without
   * encoding, because their codec or size differs.
   */
  cut(request: CutRequest, signal: AbortSignal): Promise<CutReport>;
  /** Decodes the frame that a video shows at a time. @throws PortError like `inspect`; `TOOL_FAILED` behind the end. */
  frameAt(frame: VideoFrame, signal: AbortSignal): ReturnType<MediaTool['convertStill']>;
  /** Converts a JPEG image. @throws PortError `TOOL_MISSING`, `TOOL_FAILED`, or the signal's reason. */
  convertStill(
    jpeg: Uint8Array,
    options: StillOptions,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: Uint8Array; readonly width: number; readonly height: number }>;
}
