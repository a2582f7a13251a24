/** What ffmpeg says about a camera that it cannot have, from a stand-in that says it: most of it cannot be brought about at will. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createFfmpegCapture } from '../../../adapters/capture/ffmpeg/ffmpeg-capture.js';
import { createFfmpegGrabber } from '../../../adapters/frame-grabber/ffmpeg/ffmpeg-grabber.js';
import type { CaptureEnd, SourceDescriptor } from '../../../ports/index.js';
import { realClock, silentLog } from '../../worlds/synthetic.js';

const FORMAT = { pixelFormat: 'MJPG', width: 64, height: 48, fps: 10 };
/** As ffmpeg 5.1 writes them, for a camera that is streamed from by another program and for a USB bus that is full. */
const BUSY =
  '[video4linux2,v4l2 @ 0x55] ioctl(VIDIOC_S_FMT): Device or resource busy\n/dev/video0: Device or resource busy';
const FULL =
  '[video4linux2,v4l2 @ 0x55] ioctl(VIDIOC_STREAMON): No space left on device\n/dev/video0: No space left on device';

describe('ffmpeg that cannot have the camera', () => {
  let folder: string;
  let source: SourceDescriptor;
  let ffmpegPath: string;
  const holders: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ffmpeg-trouble-'));
    const locator = join(folder, 'video0');
    await writeFile(locator, '');
    source = { key: `v4l2:${locator}`, kind: 'v4l2', locator, name: 'Camera', hints: {} };
    ffmpegPath = join(folder, 'ffmpeg');
  });
  afterEach(async () => {
    for (const holder of holders.splice(0)) holder.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const says = (words: string): Promise<void> =>
    writeFile(ffmpegPath, `#!/bin/sh\ncat >&2 <<'WORDS'\n${words}\nWORDS\nexit 1\n`, { mode: 0o755 });
  const hold = (): string => {
    const node = openSync(source.locator, 'r');
    const holder = spawn('sleep', ['60'], { stdio: [node, 'ignore', 'ignore'] });
    closeSync(node);
    holders.push(holder);
    return `sleep (pid ${String(holder.pid)})`;
  };
  const captured = async (): Promise<CaptureEnd> => {
    const limits = { maxBitrateKbps: 1_000, encoderThreads: 1, maxFrameBytes: 1 << 20 };
    const capture = createFfmpegCapture(
      { ffmpegPath, runDir: folder, ...limits },
      { log: silentLog, clock: realClock },
    );
    const job = { camera: 'camera0', source, format: FORMAT, publishUrl: 'rtsp://127.0.0.1/x', tapFps: 5 };
    return (await capture.start(job, new AbortController().signal)).ended;
  };
  const grabbed = async (): Promise<unknown> => {
    const grabber = createFfmpegGrabber(
      { ffmpegPath, runDir: folder, maxFrameBytes: 1 << 20 },
      { clock: realClock },
    );
    const request = { source, format: FORMAT, warmUpFrames: 0 };
    return await grabber.grab(request, AbortSignal.timeout(5_000)).catch((error: unknown) => error);
  };

  it('because another program has it: says which', async () => {
    await says(BUSY);
    const holder = hold();
    expect(await captured()).to.include({ reason: 'device_busy', holder });
    expect(await grabbed())
      .to.include({ code: 'DEVICE_BUSY', retryable: true })
      .and.have.nested.property('detail.holder', holder);
  });

  it('because somebody has it who cannot be seen', async () => {
    await says(BUSY);
    expect(await captured())
      .to.include({ reason: 'device_busy' })
      .and.not.have.property('holder');
    expect(await grabbed())
      .to.include({ code: 'DEVICE_BUSY' })
      .and.not.have.nested.property('detail.holder');
  });

  it('because the USB bus is full', async () => {
    await says(FULL);
    expect(await captured()).to.include({ reason: 'no_bandwidth' });
    expect(await grabbed())
      .to.include({ code: 'DEVICE_UNSUPPORTED', retryable: true })
      .and.have.nested.property('detail.reason', 'usb_bandwidth');
  });

  it('names all who have the node open, for the kernel does not tell who streams', async () => {
    await says(BUSY);
    const names = [hold(), hold()];
    const { holder = '' } = await captured();
    expect(holder.split(', ')).to.have.members(names);
  });
});
