/** What there is without this service: MediaMTX that starts an ffmpeg when somebody watches. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnOwned } from '../../adapters/_shared/child-process.js';
import { ffmpegBin, mediamtxBin, tempDir, until } from './media.js';
import { freePorts } from './ports.js';
import { allProcesses, isFfmpeg } from './processes.js';

export interface BareOnDemand {
  /** Where to watch; each name is a stream of its own. */
  urls(name: string): { readonly rtsp: string; readonly webrtc: string; readonly hls: string };
  /** Forgets the stream and ends its ffmpeg, whoever watches. */
  drop(name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface BarePicture {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

export async function startBareOnDemand(
  names: readonly string[],
  picture: BarePicture,
): Promise<BareOnDemand> {
  const folder = await tempDir();
  const [rtsp = 0, webrtc = 0, udp = 0, hls = 0, api = 0] = await freePorts(5);
  const file = join(folder.path, 'mediamtx.yml');
  const config = {
    logLevel: 'error',
    ...{ rtmp: false, srt: false, moq: false, rtspTransports: ['tcp'] },
    ...{ api: true, apiAddress: `127.0.0.1:${String(api)}`, rtspAddress: `127.0.0.1:${String(rtsp)}` },
    ...{ webrtcAddress: `127.0.0.1:${String(webrtc)}`, webrtcLocalUDPAddress: `127.0.0.1:${String(udp)}` },
    hlsAddress: `127.0.0.1:${String(hls)}`,
    paths: Object.fromEntries(names.map((name) => [name, { runOnDemand: publishCommand(picture, rtsp) }])),
  };
  await writeFile(file, JSON.stringify(config));
  const child = await spawnOwned({
    label: 'bare MediaMTX',
    command: mediamtxBin(),
    args: [file],
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const control = `http://127.0.0.1:${String(api)}/v3`;
  const answers = (): Promise<boolean> =>
    fetch(`${control}/paths/list`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until('bare MediaMTX', answers, 10_000);
  const runs = (name: string): boolean =>
    allProcesses().some((each) => isFfmpeg(each) && each.command.some((word) => word.endsWith(`/${name}`)));
  return {
    urls: (name) => ({
      rtsp: `rtsp://127.0.0.1:${String(rtsp)}/${name}`,
      webrtc: `http://127.0.0.1:${String(webrtc)}/${name}/`,
      hls: `http://127.0.0.1:${String(hls)}/${name}/`,
    }),
    drop: async (name) => {
      await fetch(`${control}/config/paths/delete/${name}`, { method: 'DELETE' });
      await until(`end of ${name}`, () => !runs(name), 10_000);
    },
    stop: async () => {
      await child.stop(5_000);
      await folder.remove();
    },
  };
}

/** The command of the usual recipes: a keyframe each second, no B-frames. */
function publishCommand({ width, height, fps }: BarePicture, port: number): string {
  const input = `-re -f lavfi -i testsrc2=size=${String(width)}x${String(height)}:rate=${String(fps)}`;
  const codec = '-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -pix_fmt yuv420p';
  const output = `-g ${String(fps)} -threads 1 -pkt_size 1400 -f rtsp -rtsp_transport tcp`;
  return `${ffmpegBin()} -nostdin -loglevel error ${input} ${codec} ${output} rtsp://127.0.0.1:${String(port)}/$MTX_PATH`;
}
