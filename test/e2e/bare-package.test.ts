/** The package where nothing else is: no packages with native code, no type packages. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { NATIVE_PACKAGES } from '../../adapters/_shared/plain/native-packages.mjs';
import { brokenAdapters } from '../contract/self/broken-adapters.js';
import { packageFile } from '../repo/support/tree.js';
import { until } from '../worlds/media.js';
import { isolation, pickPorts, startService } from '../worlds/service.js';
import { packedOnce } from './support/packed.js';

const run = promisify(execFile);
const COMPILED = ['typescript', 'chai'];

const PLUGIN = `
import { definePlugin, option, options, PortError, type DeviceEventSource } from 'mediamtx-camera-service/plugin-api';
import { deviceEventSourceContract, type DeviceWorld } from 'mediamtx-camera-service/contract/device-event-source';
import type { TestRunner } from 'mediamtx-camera-service/contract/runner';
import {
  parseJpeg, jsonRpcPeer, publishJpegs, spawnOwned,
  type JsonRpcPeerOptions, type OwnedProgram, type PublishJpegsOptions,
} from 'mediamtx-camera-service/kit';
import {
  brokenAdapters, expectCaught, leftOpenBy, rulesOf,
  type CaptureSetting, type RegisterSuite, type RtspServer, type TestService,
} from 'mediamtx-camera-service/testing';
import type { FrameGrabber } from 'mediamtx-camera-service/ports';

const LONE_OPTIONS = options({ name: option.text({ doc: 'What the camera is called.', default: 'lone' }) });

export class LoneSource implements DeviceEventSource {
  readonly name = 'lone';
  readonly supports = { hotplugLatencyMs: 0, reportsSerial: false };
  readonly #plugged: Set<number>;
  #ring: () => void = () => undefined;
  #isWatched = false;

  constructor(plugged: Iterable<number>) {
    this.#plugged = new Set(plugged);
  }

  plug(device: number, isThere: boolean): void {
    if (isThere) this.#plugged.add(device);
    else this.#plugged.delete(device);
    this.#ring();
  }

  async *watch(signal: AbortSignal) {
    if (this.#isWatched) throw new TypeError('watched already');
    this.#isWatched = true;
    const known = new Set<number>();
    const key = (device: number): string => 'lone:' + String(device);
    signal.addEventListener('abort', () => this.#ring());
    try {
      while (!signal.aborted) {
        for (const device of known)
          if (!this.#plugged.has(device) && known.delete(device)) yield { type: 'removed' as const, key: key(device) };
        for (const device of this.#plugged) {
          if (known.has(device)) continue;
          known.add(device);
          const source = { key: key(device), kind: 'memory', locator: 'nowhere', name: key(device), hints: {} };
          yield { type: 'added' as const, source };
        }
        const isNew = [...this.#plugged].some((device) => !known.has(device));
        const isGone = [...known].some((device) => !this.#plugged.has(device));
        if (!isNew && !isGone && !signal.aborted) await new Promise<void>((resolve) => (this.#ring = resolve));
      }
    } finally {
      this.#isWatched = false;
    }
  }
}

export function prove(runner: TestRunner): void {
  let source = new LoneSource([]);
  const world: DeviceWorld = {
    create: () => source,
    plug: async (device) => source.plug(device, true),
    unplug: async (device) => source.plug(device, false),
    reset: async () => void (source = new LoneSource([])),
    withinMs: 2_000,
  };
  deviceEventSourceContract('lone', world, runner);
}

/** One test for each broken adapter, and one for what is left open. */
export function proveSuite(test: (title: string, body: () => Promise<void>) => unknown): void {
  const suite: RegisterSuite<DeviceWorld> = (world, runner) => deviceEventSourceContract('broken', world, runner);
  const broken = brokenAdapters.DeviceEventSource;
  for (const [index, each] of broken.entries())
    test('catches what breaks ' + each.rule + ', ' + String(index), () => expectCaught(suite, each));
  test('has broken adapters for rules of the suite only', async () => {
    const [first] = broken;
    const rules = first === undefined ? undefined : rulesOf(suite, first.world);
    for (const { rule } of broken) if (rules?.has(rule) !== true) throw new Error(rule);
  });
  test('finds what is left open', async () => {
    let timer: unknown;
    const left = await leftOpenBy(async () => {
      timer = setInterval(() => undefined, 60_000);
    });
    clearInterval(timer as never);
    if (left.length !== 1) throw new Error(JSON.stringify(left));
  });
}

export type Grab = FrameGrabber['grab'];
export type Tested = [CaptureSetting, RtspServer, TestService];
export const capture = (options: PublishJpegsOptions, signal: AbortSignal) => publishJpegs(options, signal);
export const peer = (options: JsonRpcPeerOptions) => jsonRpcPeer(options);
export const isPicture = (bytes: Uint8Array): boolean => parseJpeg(bytes) !== undefined;
export async function firstWords(program: OwnedProgram): Promise<Uint8Array | undefined> {
  for await (const bytes of program.output()) return bytes;
  return undefined;
}
export const greeting = async () => firstWords(await spawnOwned({ label: 'greeting', command: 'echo', args: ['hello'] }));

export default definePlugin({
  name: 'lone',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'lone', {
      options: LONE_OPTIONS,
      create: ({ config }) => {
        if (config.name === '') throw new PortError('UNSUPPORTED', { message: 'a name is needed' });
        return new LoneSource([1]);
      },
    });
  },
});
`;

const TSCONFIG = {
  compilerOptions: {
    ...{ module: 'nodenext', target: 'es2022', strict: true, exactOptionalPropertyTypes: true },
    ...{ noUncheckedIndexedAccess: true, skipLibCheck: false, types: [], outDir: 'dist' },
  },
  files: ['plugin.ts'],
};

describe('the package in a bare folder', function () {
  this.timeout(180_000);
  let folder: string;

  const npmInstall = (...names: readonly string[]) =>
    run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...names], { cwd: folder });
  const program = (): string =>
    join(folder, 'node_modules/mediamtx-camera-service/config/setup/camera-service.mjs');
  const doctor = async (...more: readonly string[]): Promise<string> => {
    const settings = { ...isolation(join(folder, 'doctored'), await pickPorts()) };
    const words = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const args = [program(), 'doctor', ...words, ...more.flatMap((word) => ['--set', word])];
    return (await run(process.execPath, args, { cwd: folder })).stdout;
  };

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cs-bare-')));
    const manifest = { name: 'bare', version: '1.0.0', type: 'module', private: true };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    mkdirSync(join(folder, 'doctored'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is installed without a warning, and without packages that have install scripts', async () => {
    const { stdout, stderr } = await npmInstall(await packedOnce());
    expect(`${stdout}${stderr}`).not.to.match(/warn|deprecated|script/i);
    for (const name of Object.keys(NATIVE_PACKAGES))
      expect(existsSync(join(folder, 'node_modules', name)), name).to.equal(false);
  });

  it('lets a plugin be compiled that has no type packages, with every type checked', async () => {
    const { devDependencies } = packageFile();
    await npmInstall(...COMPILED.map((name) => `${name}@${devDependencies[name] ?? ''}`));
    expect(existsSync(join(folder, 'node_modules/@types/node'))).to.equal(false);
    writeFileSync(join(folder, 'plugin.ts'), PLUGIN);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const { stdout } = await run(join(folder, 'node_modules/.bin/tsc'), [], { cwd: folder }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).to.equal('');
  });

  it('proves the plugin with the test runner of Node', async () => {
    const text = [
      "import * as runner from 'node:test';",
      "import { greeting, isPicture, prove, proveSuite } from './plugin.js';",
      'prove(runner);',
      'proveSuite(runner.test);',
      "if (isPicture(new Uint8Array(9)) || String(await greeting()) !== 'hello\\n') throw new Error();",
    ].join('\n');
    writeFileSync(join(folder, 'dist/plugin.test.js'), text);
    const args = ['--test', '--test-reporter=tap', 'dist/plugin.test.js'];
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT'),
    );
    const { stdout } = await run(process.execPath, args, { cwd: folder, env }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).to.match(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).to.be.at.least(
      10 + brokenAdapters.DeviceEventSource.length + 2,
    );
  });

  it('has a doctor that says what is not installed, what it is for and how it is added', async () => {
    const lines = (await doctor()).split('\n');
    for (const [name, { install, adapters }] of Object.entries(NATIVE_PACKAGES)) {
      const line = lines.find((each) => each.includes(` ${name} `)) ?? '';
      expect(line).to.match(/^warning +\S+ +not installed; needed for /);
      expect(line).to.include(install).and.include(adapters.at(-1));
    }
    const without = await doctor(
      'adapters.device_event_source=synthetic',
      'adapters.camera_probe=synthetic',
      'adapters.frame_grabber=ffmpeg',
    );
    expect(without).not.to.match(/^warning +(koffi|@julusian)/m);
    expect(without).to.match(/^ok +koffi +not installed; no selected adapter needs it/m);
  });

  it('runs synthetic cameras, and says what the source of USB cameras lacks', async () => {
    const service = await startService({
      program: [program()],
      set: { 'adapters.device_event_source': 'synthetic,udev' },
    });
    try {
      const client = await service.client('operator');
      const connected = async (): Promise<boolean> => {
        const { cameras } = await client.call<{ cameras: { status: string }[] }>('get_camera_list');
        return cameras.some(({ status }) => status === 'CONNECTED');
      };
      await until('a synthetic camera', connected, 30_000);
      const taken = await client.call<{ file_size: number }>('take_snapshot', { device: 'camera0' });
      expect(taken.file_size).to.be.above(1_000);
      expect(service.output()).to.include(NATIVE_PACKAGES.koffi.install);
    } finally {
      await service.stop();
    }
  });
});
