/** A simulated camera as the contract suites want it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import codec from '@julusian/jpeg-turbo';
import { createV4l2Probe } from '../../../adapters/camera-probe/v4l2/v4l2-probe.js';
import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import { createV4l2Grabber } from '../../../adapters/frame-grabber/v4l2/v4l2-grabber.js';
import type { V4l2GrabberOptions } from '../../../adapters/frame-grabber/v4l2/v4l2-grabber.js';
import type { SourceDescriptor } from '../../../ports/device-event-source.js';
import type { GrabRequest } from '../../../ports/frame-grabber.js';
import { SimulatedDriver } from './simulated-driver.js';
import type { Errno } from './simulated-driver.js';

const WIDTH = 320;
const HEIGHT = 240;

/** A grey JPEG of the camera's size. */
export function jpegOf(level: number): Buffer {
  return codec.compressSync(Buffer.alloc(WIDTH * HEIGHT, level), {
    format: codec.FORMAT_GRAY,
    subsampling: codec.SAMP_GRAY,
    width: WIDTH,
    height: HEIGHT,
  });
}

export class SimulatedCamera {
  driver = new SimulatedDriver();
  readonly withinMs = 2000;
  #folder = '';

  async plug(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'v4l2-camera-'));
    await writeFile(join(this.#folder, 'video0'), '');
    const whole = jpegOf(128);
    this.driver = new SimulatedDriver();
    this.driver.picture = () => ({ bytes: whole });
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    this.#folder = '';
  }

  source(): SourceDescriptor {
    const locator = join(this.#folder, 'video0');
    return { key: `v4l2:${locator}`, kind: 'v4l2', locator, name: 'Simulated Camera', hints: {} };
  }

  request(pixelFormat = 'MJPG', warmUpFrames = 0): GrabRequest {
    return {
      source: this.source(),
      format: { pixelFormat, width: WIDTH, height: HEIGHT, fps: 30 },
      warmUpFrames,
    };
  }

  probe() {
    return createV4l2Probe({ loadLibc: this.driver.load });
  }

  grabber(options: V4l2GrabberOptions = {}) {
    return createV4l2Grabber(options, { clock: createSystemClock(), loadLibc: this.driver.load });
  }

  /** What the kernel answers while another program streams. */
  occupy(): void {
    for (const name of ['S_FMT', 'REQBUFS', 'STREAMON'] as const) this.fail(name, 'EBUSY');
  }

  fail(name: Parameters<SimulatedDriver['failures']['set']>[0], errno: Errno): void {
    this.driver.failures.set(name, errno);
  }

  isLeft(): boolean {
    return this.driver.isLeft(this.#folder);
  }
}
