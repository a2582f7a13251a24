/** Reads from the pictures of a recording when each of them was made. Only for synthetic cameras. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { JpegSplitter } from '../../../adapters/_shared/jpeg-splitter.js';
import { readBarcode } from '../../worlds/barcode.js';
import { ffmpegBin, probeFile } from '../../worlds/media.js';
import { lostPictures } from '../../worlds/picture-times.js';

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

/** How many pictures of the camera of the development profile with 15 a second are missing between the first and the last. */
export function lostWithin(madeAt: readonly number[]): number {
  return lostPictures(
    madeAt.map((time) => time / 1_000),
    15,
  );
}

/** The pictures that are missing between two files, as the pictures themselves tell it. */
export interface TrueGap {
  readonly seconds: number;
  /** By how much the way of a picture from the camera into the file took longer on one side; much only on a busy machine. */
  readonly slackSeconds: number;
}

export async function trueGap([first = '', second = '']: readonly string[]): Promise<TrueGap> {
  const [before, after] = [await strip(first), await strip(second)];
  const last = before.at(-1);
  const next = after[0];
  if (last === undefined || next === undefined) throw new Error('a file has no pictures');
  return {
    seconds: (next.madeAt - last.madeAt) / 1_000,
    slackSeconds: Math.abs(last.writtenAt - last.madeAt - (next.writtenAt - next.madeAt)) / 1_000,
  };
}

async function strip(path: string): Promise<readonly { madeAt: number; writtenAt: number }[]> {
  const made = await recordedTimes(path);
  const { timestamps } = await probeFile(path);
  const startedAt = startOf(path);
  return made.map((madeAt, at) => ({ madeAt, writtenAt: startedAt + (timestamps[at] ?? 0) * 1_000 }));
}

/** A recording is named after the moment of its first picture, to the microsecond. */
function startOf(path: string): number {
  const parts = /(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d)-(\d{6})_[0-9A-Za-z]+\.\w+$/.exec(path);
  if (parts === null) throw new Error(`not the name of a recording: ${path}`);
  const [, day, hour, minute, second, micros] = parts;
  return Date.parse(`${day}T${hour}:${minute}:${second}Z`) + Number(micros) / 1_000;
}
