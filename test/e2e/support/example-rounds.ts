/** Two examples in a running service, which are upgraded and unloaded while another camera is recorded and clients call. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ffmpegBin, until } from '../../worlds/media.js';
import { startService, type RunningService } from '../../worlds/service.js';
import type { WsClient } from '../../worlds/ws-client.js';

const SOURCE = 'mjpeg-http';
const TRANSPORT = 'http-jsonrpc';
const WITHIN_MS = 30_000;
/** Collects garbage every second, so that what is measured is what is held, however busy the machine is. */
const COLLECTS = `
import v8 from 'node:v8';
import vm from 'node:vm';
v8.setFlagsFromString('--expose-gc');
setInterval(vm.runInNewContext('gc'), 1000).unref();
`;

interface Camera {
  readonly device: string;
  readonly name: string;
  readonly status: string;
}

export class ExampleRounds {
  /** After each round. */
  readonly measured = { handles: [] as number[], bytes: [] as number[] };
  readonly #modules: string;
  readonly #dir: string;
  readonly #camera: Server;
  #service!: RunningService;
  #admin!: WsClient;
  #recorded = '';

  /** @param modules the folder in which the examples are installed. */
  static async begin(modules: string): Promise<ExampleRounds> {
    const dir = await mkdtemp(join(tmpdir(), 'cs-examples-'));
    const rounds = new ExampleRounds(modules, dir);
    try {
      await rounds.#begin();
      return rounds;
    } catch (cause) {
      await rounds.end();
      throw cause;
    }
  }

  private constructor(modules: string, dir: string) {
    this.#modules = modules;
    this.#dir = dir;
    const draw = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240', '-frames:v', '1'];
    const jpeg = execFileSync(ffmpegBin(), [...draw, '-f', 'image2pipe', '-c:v', 'mjpeg', 'pipe:1']);
    this.#camera = createServer((_request, response) => {
      response.setHeader('content-type', 'image/jpeg').end(jpeg);
    });
  }

  async #begin(): Promise<void> {
    await new Promise<void>((resolve) => this.#camera.listen(0, '127.0.0.1', resolve));
    const { port } = this.#camera.address() as AddressInfo;
    const cameras = [{ name: 'Porch', url: `http://127.0.0.1:${String(port)}/` }];
    this.#service = await startService({
      dir: this.#dir,
      waitFor: 'serving',
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(COLLECTS)}` },
      set: {
        'plugins.load': [SOURCE, TRANSPORT].map((name) => this.#package(name)).join(','),
        'plugins.config': JSON.stringify([
          { adapter: `DeviceEventSource/${SOURCE}`, cameras, check_ms: 1_000 },
        ]),
        'adapters.device_event_source': `synthetic,${SOURCE}`,
        'adapters.camera_probe': `synthetic,${SOURCE}`,
        'adapters.frame_grabber': `ffmpeg,${SOURCE}`,
        'adapters.capture': `ffmpeg,${SOURCE}`,
        'adapters.transport': `ws-jsonrpc,http-files,http-health,${TRANSPORT}`,
        'synthetic.cameras': JSON.stringify([{ name: 'Good', width: 320, height: 240, fps: 15 }]),
        ...{ 'rpc.requests_per_minute': '0', 'rpc.address_requests_per_minute': '0' },
      },
    });
    this.#admin = await this.#service.client('admin');
    await this.#connected('Good');
    this.#recorded = (await this.#find('Good'))?.device ?? '';
    await this.#admin.call('start_recording', { device: this.#recorded });
    await this.#connected('Porch');
  }

  async run(count: number): Promise<void> {
    let isOver = false;
    const load = (async () => {
      const client = await this.#service.client('viewer');
      while (!isOver) await client.call('get_camera_list');
    })();
    try {
      for (let round = 1; round <= count; round += 1) await this.#round(round);
    } finally {
      isOver = true;
      await load;
    }
  }

  /** Of the recording that went on all the time. */
  async gapsOfOthers(): Promise<unknown> {
    return (await this.#admin.call<{ gaps: unknown }>('stop_recording', { device: this.#recorded })).gaps;
  }

  async end(): Promise<void> {
    await this.#service?.stop();
    this.#camera.closeAllConnections();
    this.#camera.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #round(round: number): Promise<void> {
    for (const name of [SOURCE, TRANSPORT]) {
      await this.#upgrade(name, round);
      expect(await this.#set(name, { reload: true })).to.deep.include({
        ...{ version: `0.1.${String(round)}`, state: 'running' },
      });
    }
    await this.#connected('Porch');
    const { device = '' } = (await this.#find('Porch')) ?? {};
    await this.#admin.call('take_snapshot', { device });
    expect(await this.#post()).to.equal(200);
    for (const name of [SOURCE, TRANSPORT]) await this.#set(name, { enabled: false });
    expect((await this.#find('Porch'))?.status).to.equal('DISCONNECTED');
    expect(await this.#post()).to.equal(404);
    for (const name of [SOURCE, TRANSPORT]) await this.#set(name, {});
    const pid = String(this.#service.pid);
    this.measured.handles.push(readdirSync(`/proc/${pid}/fd`).length);
    const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    this.measured.bytes.push(Number(kib) * 1024);
  }

  async #upgrade(name: string, round: number): Promise<void> {
    const manifest = join(this.#package(name), 'package.json');
    const content = JSON.parse(await readFile(manifest, 'utf8')) as object;
    await writeFile(manifest, JSON.stringify({ ...content, version: `0.1.${String(round)}` }));
    await appendFile(join(this.#package(name), 'dist/src/index.js'), `// round ${String(round)}\n`);
  }

  #set(name: string, changes: object): Promise<unknown> {
    return this.#admin.call('set_plugin', { name, enabled: true, ...changes });
  }

  /** A call by the transport of the example. @returns the status of HTTP. */
  async #post(): Promise<number> {
    const { status } = await fetch(new URL('/rpc', this.#service.httpUrl), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await this.#service.token('viewer')}`,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'get_camera_list' }),
    });
    return status;
  }

  async #find(name: string): Promise<Camera | undefined> {
    const { cameras } = await this.#admin.call<{ cameras: Camera[] }>('get_camera_list');
    return cameras.find((each) => each.name === name);
  }

  async #connected(name: string): Promise<void> {
    const isConnected = async (): Promise<boolean> => (await this.#find(name))?.status === 'CONNECTED';
    await until(`camera ${name}`, isConnected, WITHIN_MS);
  }

  #package(name: string): string {
    return join(this.#modules, `${name}-camera-plugin`);
  }
}
