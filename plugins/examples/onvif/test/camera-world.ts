/** A real RTSP stream: MediaMTX, and an ffmpeg that publishes a test picture to it. */
import { spawnOwned, type OwnedProgram } from 'mediamtx-camera-service/kit';
import { startRtspServer, until, type RtspServer } from 'mediamtx-camera-service/testing';

export const SIZE = { width: 320, height: 240 };
const PATH = 'stream';
const UP_WITHIN_MS = 20_000;

export class RtspStream {
  #server: RtspServer | undefined;
  #publisher: OwnedProgram | undefined;

  get url(): string {
    return this.#server?.rtspUrl(PATH) ?? '';
  }

  async plug(): Promise<void> {
    if (this.#publisher !== undefined) return;
    this.#server ??= await startRtspServer();
    const size = `${String(SIZE.width)}x${String(SIZE.height)}`;
    this.#publisher = await spawnOwned({
      label: 'RTSP camera',
      command: process.env['FFMPEG_BIN'] ?? 'ffmpeg',
      args: [
        ...[
          '-hide_banner',
          '-loglevel',
          'error',
          '-re',
          '-f',
          'lavfi',
          '-i',
          `testsrc2=size=${size}:rate=10`,
        ],
        ...[
          '-c:v',
          'libx264',
          '-preset',
          'ultrafast',
          '-tune',
          'zerolatency',
          '-g',
          '10',
          '-pix_fmt',
          'yuv420p',
        ],
        ...['-f', 'rtsp', '-rtsp_transport', 'tcp', this.url],
      ],
    });
    await until('a stream', async () => (await this.#server?.isReady(PATH)) === true, UP_WITHIN_MS);
  }

  async unplug(): Promise<void> {
    await this.#publisher?.stop(0);
    this.#publisher = undefined;
  }

  async close(): Promise<void> {
    await this.unplug();
    await this.#server?.stop();
    this.#server = undefined;
  }
}
