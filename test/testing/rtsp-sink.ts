/** What arrives at an RTSP server: reads the stream back as a viewer does, without decoding it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ReceivedStream } from '../contract/capture.contract.js';

const run = promisify(execFile);
const CODECS: Readonly<Record<string, string>> = { hevc: 'h265' };

interface Probed {
  readonly streams?: readonly { readonly codec_name?: string; readonly has_b_frames?: number }[];
  readonly packets?: readonly { readonly pts_time?: string; readonly flags?: string }[];
}

/** @param url an RTSP URL that can be played. @throws Error when nothing comes. */
export async function receiveStream(url: string, seconds: number): Promise<ReceivedStream> {
  const entries = 'stream=codec_name,has_b_frames:packet=pts_time,flags';
  const input = ['-rtsp_transport', 'tcp', '-select_streams', 'v:0', '-read_intervals', `%+${seconds}`];
  const args = ['-v', 'error', ...input, '-show_entries', entries, '-of', 'json', url];
  const { stdout } = await run('ffprobe', args, { timeout: seconds * 1000 + 10_000 });
  const { streams = [], packets = [] } = JSON.parse(stdout) as Probed;
  const [{ codec_name: codec = '', has_b_frames: reordered = 0 } = {}] = streams;
  return {
    codec: CODECS[codec] ?? codec,
    hasBFrames: reordered > 0,
    frames: packets.map(({ pts_time: at, flags }) => ({
      seconds: Number(at),
      isKeyframe: flags?.startsWith('K') === true,
    })),
  };
}
