/** Plugins in a thread or a process of their own keep the contracts of their ports, with the same code. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortMap } from '../../plugins/api/index.js';
import type { SourceDescriptor } from '../../ports/index.js';
import { captureWorld, lineClients } from '../testing/index.js';
import {
  isolatedHost,
  MODES,
  pluginAt,
  templatePlugin,
  type IsolatedHost,
  type TemplatePlugin,
} from '../worlds/isolated.js';
import { ffmpegBin } from '../worlds/media.js';
import { openSyntheticWorld, type SyntheticWorld } from '../worlds/synthetic.js';
import { cameraProbeContract } from './camera-probe.contract.js';
import { captureContract } from './capture.contract.js';
import { deviceEventSourceContract } from './device-event-source.contract.js';
import { frameGrabberContract } from './frame-grabber.contract.js';
import { transportContract } from './transport.contract.js';

const SIZE = { width: 320, height: 240 };
const STILL = 'still';
const LINES = 'lines';
const WITHIN_MS = 20_000;

/** Each JPEG file of a folder is a camera. */
class Pictures {
  readonly #picture = execFileSync(ffmpegBin(), [
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${SIZE.width}x${SIZE.height}`],
    ...['-frames:v', '1', '-f', 'image2pipe', '-c:v', 'mjpeg', 'pipe:1'],
  ]);
  folder = newFolder();

  plug(device: number): void {
    writeFileSync(this.#path(device), this.#picture);
  }

  unplug(device: number): void {
    rmSync(this.#path(device), { force: true });
  }

  reset(): void {
    this.remove();
    this.folder = newFolder();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  source(device: number): SourceDescriptor {
    const name = `camera-${device}`;
    return { key: `${STILL}:${name}.jpg`, kind: STILL, locator: this.#path(device), name, hints: {} };
  }

  #path(device: number): string {
    return join(this.folder, `camera-${device}.jpg`);
  }
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'isolated-'));
}

for (const mode of MODES)
  describe(`a plugin of the kit in isolation: ${mode}`, function () {
    this.timeout(60_000);
    const pictures = new Pictures();
    let template: TemplatePlugin;
    let host: IsolatedHost;
    let source: Promise<PortMap['DeviceEventSource']> | undefined;

    before(async () => {
      template = await templatePlugin('source', STILL);
      host = await isolatedHost(mode, template.plugin);
    });
    after(async () => {
      await host?.close();
      template?.remove();
      pictures.remove();
    });

    deviceEventSourceContract(STILL, {
      create: () => (source ??= host.create('DeviceEventSource', STILL, { folder: pictures.folder })),
      plug: async (device) => pictures.plug(device),
      unplug: async (device) => pictures.unplug(device),
      reset: async () => {
        pictures.reset();
        source = undefined;
      },
      withinMs: WITHIN_MS,
    });

    describe('with a camera', () => {
      before(() => pictures.plug(1));
      cameraProbeContract(STILL, {
        create: () => host.create('CameraProbe', STILL),
        source: () => pictures.source(1),
        unplug: async () => pictures.unplug(1),
        reset: async () => pictures.plug(1),
        withinMs: WITHIN_MS,
      });

      const capture = captureWorld({
        create: () => host.create('Capture', STILL, { fps: 10 }),
        source: () => pictures.source(1),
        format: { pixelFormat: 'MJPG', ...SIZE, fps: 10 },
        unplug: () => pictures.unplug(1),
        reset: () => pictures.plug(1),
      });
      captureContract(STILL, capture);
      after(() => capture.close());
    });
  });

for (const mode of MODES)
  describe(`a transport of the kit in isolation: ${mode}`, function () {
    this.timeout(60_000);
    let template: TemplatePlugin;
    let host: IsolatedHost;
    before(async () => {
      template = await templatePlugin('transport', LINES);
      host = await isolatedHost(mode, template.plugin);
    });
    after(async () => {
      await host?.close();
      template?.remove();
    });

    transportContract(LINES, {
      supports: { calls: true, events: true, files: false, health: false, jsonRpc: true, batches: true },
      create: async () => {
        const folder = newFolder();
        const path = join(folder, 'rpc.sock');
        const clients = lineClients({ path, greeting: (credential) => `Bearer ${credential}` });
        return {
          transport: await host.create('Transport', LINES, { path }),
          // The service hears of a client a little later than the client of the transport.
          connect: async (credential) => {
            const client = await clients.connect(credential);
            await host.settled();
            return client;
          },
          connectRaw: async () => {
            const client = await clients.connectRaw();
            await host.settled();
            return client;
          },
          request: () => Promise.reject(new Error('there are no files')),
          dispose: async () => rmSync(folder, { recursive: true, force: true }),
        };
      },
      withinMs: WITHIN_MS,
    });
  });

for (const mode of MODES)
  describe(`our own grabber in isolation: ${mode}`, function () {
    this.timeout(60_000);
    const module = join(import.meta.dirname, '../../plugins/builtin/frame-grabber-ffmpeg.ts');
    let host: IsolatedHost;
    let world: SyntheticWorld | undefined;
    const open = async (): Promise<SyntheticWorld> => (world ??= await openSyntheticWorld());
    before(async () => void (host = await isolatedHost(mode, await pluginAt(module))));
    after(() => host?.close());

    frameGrabberContract('ffmpeg', {
      create: () =>
        host.create('FrameGrabber', 'ffmpeg', { ffmpeg_path: ffmpegBin(), max_frame_bytes: 1024 * 1024 }),
      request: async () => {
        const { sources, format } = await open();
        return { source: sources[0] as SourceDescriptor, format: format(1), warmUpFrames: 0 };
      },
      unplug: async () => (await open()).source.control.unplug(1),
      occupy: async () => (await open()).source.control.setBusy(1, true),
      freeze: async () => (await open()).source.control.freeze(1),
      isLeft: () => readdirSync(join(host.runDir, 'children')).length > (mode === 'process' ? 1 : 0),
      reset: async () => {
        await world?.close();
        world = undefined;
      },
      withinMs: WITHIN_MS,
    });
  });
