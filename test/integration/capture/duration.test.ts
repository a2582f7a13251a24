import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createFfmpegCapture } from '../../../adapters/capture/ffmpeg/ffmpeg-capture.js';
import type { SourceDescriptor } from '../../../ports/device-event-source.js';
import { spawnOwned } from '../../../adapters/_shared/child-process.js';
import { poll, startBareMediaMtx, type BareMediaMtx } from '../../worlds/bare-mediamtx.js';
import { ffmpegBin, ffprobeBin, tempDir } from '../../worlds/media.js';
import { openSyntheticWorld, realClock, silentLog, type SyntheticWorld } from '../../worlds/synthetic.js';

const WATCH_MS = 8000;
/** Two pictures at 15 fps are 67 ms apart; a busy machine may be late by several. */
const LONGEST_GAP_SECONDS = 0.5;

describe('the times of the published pictures', function () {
  this.timeout(40_000);
  let server: BareMediaMtx;
  let world: SyntheticWorld;
  before(async () => {
    server = await startBareMediaMtx();
    world = await openSyntheticWorld();
  });
  after(async () => {
    await world.close();
    await server.stop();
  });

  it('follow the wall clock, rise, and have no gaps', async () => {
    const options = { ffmpegPath: ffmpegBin(), runDir: world.runDir, maxBitrateKbps: 2000 };
    const capture = createFfmpegCapture(
      { ...options, encoderThreads: 1, maxFrameBytes: 1024 * 1024 },
      { log: silentLog, clock: realClock },
    );
    const source = world.sources[0] as SourceDescriptor;
    const job = { camera: 'c', source, format: world.format(1), publishUrl: server.rtspUrl('c'), tapFps: 5 };
    const session = await capture.start(job, new AbortController().signal);
    await poll(() => server.isReady('c'), 15_000);
    const folder = await tempDir();
    const file = join(folder.path, 'out.mkv');
    const reader = await spawnOwned({
      label: 'reader',
      command: ffmpegBin(),
      args: [
        '-nostdin',
        '-v',
        'error',
        '-rtsp_transport',
        'tcp',
        '-i',
        server.rtspUrl('c'),
        '-c',
        'copy',
        file,
      ],
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const from = session.stats();
    const fromMs = performance.now();
    await realClock.sleep(WATCH_MS);
    const pictures = session.stats().tapFrames - from.tapFrames;
    const seconds = (performance.now() - fromMs) / 1000;
    await reader.stop(3000, 'SIGINT');
    await session.stop(2000);
    const times = packetTimes(file);
    await folder.remove();
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    // Equal in whole milliseconds is possible: pictures that waited together arrive together.
    expect(Math.min(...gaps), `rising: ${times.join(' ')}`).to.be.at.least(0);
    expect(Math.max(...gaps), 'longest gap').to.be.below(LONGEST_GAP_SECONDS);
    const rate = times.length / ((times.at(-1) ?? 0) - (times[0] ?? 0));
    expect(rate, 'pictures per second of the stream').to.be.closeTo(pictures / seconds, 1);
  });
});

function packetTimes(file: string): number[] {
  const args = [
    '-v',
    'error',
    '-select_streams',
    'v:0',
    '-show_entries',
    'packet=pts_time',
    '-of',
    'csv=p=0',
    file,
  ];
  const text = execFileSync(ffprobeBin(), args, { encoding: 'utf8' });
  return text.trim().split('\n').map(Number.parseFloat);
}
