/** A player that decodes: ffmpeg on an RTSP URL, each picture handed over as a JPEG with the time it came out. */
import { spawnOwned } from '../../adapters/_shared/child-process.js';
import { JpegSplitter } from '../../adapters/_shared/jpeg-splitter.js';
import { ffmpegBin, until } from './media.js';

export interface DecodedPicture {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly jpeg: Uint8Array;
}

export interface PictureViewer {
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  /** The first pictures decoded, a hundred at most. */
  readonly pictures: readonly DecodedPicture[];
  /** Resolves with the first `count` pictures. @throws Error with what the player said when they do not come. */
  first(count: number, withinMs: number): Promise<readonly DecodedPicture[]>;
  isAlive(): boolean;
  /** What the player complained about. */
  tail(): readonly string[];
  stop(): Promise<void>;
}

const KEPT = 100;
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

export async function playRtsp(url: string): Promise<PictureViewer> {
  const openedAt = Date.now();
  const input = ['-fflags', 'nobuffer', '-flags', 'low_delay', '-analyzeduration', '0', '-probesize', '32'];
  const source = ['-rtsp_transport', 'tcp', '-i', url];
  const output = ['-an', '-c:v', 'mjpeg', '-q:v', '2', '-fps_mode', 'passthrough', '-flush_packets', '1'];
  const args = ['-nostdin', '-hide_banner', '-loglevel', 'error', ...input, ...source, ...output];
  const child = await spawnOwned({
    label: 'test player',
    command: ffmpegBin(),
    args: [...args, '-f', 'image2pipe', 'pipe:1'],
  });
  const pictures: DecodedPicture[] = [];
  const splitter = new JpegSplitter(MAX_FRAME_BYTES);
  let isAlive = true;
  child.process.stdout?.on('data', (chunk: Buffer) => {
    const at = Date.now();
    for (const { jpeg } of splitter.push(chunk)) if (pictures.length < KEPT) pictures.push({ at, jpeg });
  });
  void child.exited.then(() => (isAlive = false));
  const first = async (count: number, withinMs: number): Promise<readonly DecodedPicture[]> => {
    const enough = (): boolean => pictures.length >= count || !isAlive;
    await until(`${String(count)} pictures`, enough, withinMs);
    if (pictures.length < count) throw new Error(`the player ended: ${child.tail().join(' | ')}`);
    return pictures.slice(0, count);
  };
  return {
    openedAt,
    pictures,
    first,
    isAlive: () => isAlive,
    tail: () => child.tail(),
    stop: () => child.stop(2_000, 'SIGINT'),
  };
}
