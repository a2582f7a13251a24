/** How ffmpeg converts one picture. */
import type { StillOptions, VideoFrame } from '../../../ports/media-tool.js';
import { PortError } from '../../../ports/port-error.js';
import { readJpeg } from '../../_shared/jpeg-splitter.js';

const BEST_SCALE = 2;
const WORST_SCALE = 31;
const PNG_MARK = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** @throws PortError `TOOL_FAILED` for a quality or width that makes no sense. */
export function stillArguments(options: StillOptions): readonly string[] {
  return ['-f', 'image2pipe', '-c:v', 'mjpeg', '-i', 'pipe:0', ...pictureArguments(options)];
}

/** One frame of a video. @throws as `stillArguments`. */
export function frameArguments({ path, atSeconds, ...options }: VideoFrame): readonly string[] {
  const quiet = ['-hide_banner', '-loglevel', 'error', '-nostats', '-nostdin', '-threads', '1'];
  return [...quiet, '-ss', atSeconds.toFixed(3), '-i', path, '-map', '0:v:0', ...pictureArguments(options)];
}

/** @throws PortError `TOOL_FAILED` when it is none. */
export function stillFrom(bytes: Uint8Array, { format }: StillOptions) {
  const size = format === 'png' ? pngSize(bytes) : readJpeg(bytes);
  if (size === undefined)
    throw new PortError('TOOL_FAILED', { message: 'ffmpeg produced no image', detail: { tail: [] } });
  return { bytes, width: size.width, height: size.height };
}

function pictureArguments({ format, quality, width }: StillOptions): readonly string[] {
  if (quality !== undefined && !(quality >= 1 && quality <= 100)) throw senseless('quality', '1 to 100');
  if (width !== undefined && !(Number.isInteger(width) && width >= 1)) throw senseless('width', 'at least 1');
  const scale = width === undefined ? [] : ['-vf', `scale=w='min(iw,${width})':h=-1`];
  const codec =
    format === 'png'
      ? ['-c:v', 'png', '-pix_fmt', 'rgb24']
      : ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-q:v', String(scaleOf(quality ?? 90))];
  return ['-frames:v', '1', ...scale, ...codec, '-f', 'image2pipe', 'pipe:1'];
}

/** Size of a PNG file, or `undefined` when it is none. */
export function pngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const png = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (png.length < 24 || !png.subarray(0, 8).equals(PNG_MARK)) return undefined;
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

/** ffmpeg's scale runs the other way: 31 is small, 2 is good. */
function scaleOf(quality: number): number {
  return Math.round(BEST_SCALE + ((100 - quality) * (WORST_SCALE - BEST_SCALE)) / 99);
}

function senseless(option: string, rule: string): PortError {
  return new PortError('TOOL_FAILED', {
    message: `${option} must be ${rule}`,
    detail: { option, rule, tail: [] },
  });
}
