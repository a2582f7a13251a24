/** Reads from the pictures of a recording when each of them was made. Only for synthetic cameras. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { JpegSplitter } from '../../../adapters/_shared/jpeg-splitter.js';
import { readBarcode } from '../../worlds/barcode.js';
import { ffmpegBin } from '../../worlds/media.js';

const run = promisify(execFile);
const MAX_FRAME_BYTES = 1024 * 1024;
/** The strip with the time is as high as a fortieth of the width. */
const STRIP = 'crop=iw:floor(iw/40/2)*2:0:0';

/** Times of all pictures, in milliseconds since 1970. @throws Error when the file cannot be decoded without complaint. */
export async function recordedTimes(path: string): Promise<readonly number[]> {
  const input = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-xerror', '-i', path];
  const output = [
    '-an',
    '-vf',
    STRIP,
    '-fps_mode',
    'passthrough',
    '-enc_time_base',
    '-1',
    '-c:v',
    'mjpeg',
    '-q:v',
    '3',
  ];
  const args = [...input, ...output, '-f', 'image2pipe', 'pipe:1'];
  const { stdout } = await run(ffmpegBin(), args, { encoding: 'buffer', maxBuffer: 512 * MAX_FRAME_BYTES });
  const pictures = new JpegSplitter(MAX_FRAME_BYTES).push(stdout);
  return pictures.map(({ jpeg }) => readBarcode(jpeg).generatedAtMs);
}

/** The longest time between two neighbours. */
export function longestPause(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time)));
}
