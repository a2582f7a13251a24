/** The compiled service with its MediaMTX and ffmpeg inside the guest, driven through its API from here. */
import { cp, mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureBuild } from '../../../config/setup/build.mjs';
import { BUNDLE } from '../../../config/setup/paths.mjs';
import { mediamtxBin, until } from '../../worlds/media.js';
import { connectWs } from '../../worlds/ws-client.js';
import type { WsClient, WsNotification } from '../../worlds/ws-client.js';
import type { Guest } from './guest.js';
import { LAB_DIR, REPOSITORY } from './places.js';

/** A copy of the bundle: nothing that the guest reads may change while it runs. */
const HOME = join(LAB_DIR, 'service');
const PROGRAM = join(HOME, BUNDLE);
/** Beside what a reset empties: the service lives longer than a case. */
const FOLDER = '/run/camera-service';
const PORT = 8002;
const START_MS = 120_000;
const STOP_MS = 30_000;
const LOOK_MS = 1000;
const EVENT_MS = 60_000;

/** Builds the service when its sources changed, and lays a copy where the guest finds it. Before the guest boots. */
export async function prepareService(): Promise<void> {
  await ensureBuild({ root: REPOSITORY });
  await rm(HOME, { recursive: true, force: true });
  await mkdir(dirname(PROGRAM), { recursive: true });
  await cp(join(REPOSITORY, BUNDLE), PROGRAM);
  await cp(join(REPOSITORY, 'config/profiles'), join(HOME, 'config/profiles'), { recursive: true });
  await symlink(join(REPOSITORY, 'node_modules'), join(HOME, 'node_modules'));
}

export interface LabServiceOptions {
  /** Settings by their dotted key; stronger than the lab's own. */
  readonly set?: Readonly<Record<string, string>>;
  /** Words in front of the command, such as those that take rights away. */
  readonly wrapper?: readonly string[];
  /** Do not wait for parts that are in trouble. */
  readonly mayBePartial?: boolean;
  /** It finds what the service before it left in its folder. */
  readonly isRestart?: boolean;
}

export class LabService {
  readonly #clients = new Set<WsClient>();
  #token = '';

  private constructor(
    private readonly guest: Guest,
    private readonly process: { readonly id: number; readonly pid: number },
  ) {}

  /** Resolves when everything has been started. It stays until `stop`, over resets of the guest. */
  static async start(guest: Guest, options: LabServiceOptions = {}): Promise<LabService> {
    if (options.isRestart !== true) await guest.exec(`rm -rf ${FOLDER}`);
    const words = Object.entries({ ...defaults(), ...options.set }).flatMap(([k, v]) => [
      '--set',
      `${k}=${v}`,
    ]);
    const argv = [
      ...(options.wrapper ?? []),
      process.execPath,
      PROGRAM,
      'run',
      '--profile',
      'production',
      ...words,
    ];
    const service = new LabService(guest, await guest.spawn(argv, { stays: true }));
    try {
      await service.#untilListening();
      await service.#isReady(options.mayBePartial ?? false);
      return service;
    } catch (cause) {
      const words = await service.output();
      await guest.kill(service.process.id, 'SIGKILL');
      throw new Error(`the service does not come up: ${String(cause)}\n${words}`, { cause });
    }
  }

  /** Process id in the guest. */
  get pid(): number {
    return this.process.pid;
  }

  /** A token for viewers and for the API. */
  get token(): string {
    return this.#token;
  }

  /** A path in its folder, in the guest. */
  path(...parts: readonly string[]): string {
    return [FOLDER, ...parts].join('/');
  }

  /** The end of what it wrote. */
  async output(): Promise<string> {
    const { stdout, stderr } = await this.guest.process(this.process.id);
    return `${stdout.slice(-6000)}${stderr.slice(-3000)}`;
  }

  /** How often the recorder began a further file of a camera because this machine did not keep up with the time of the pictures. */
  async recorderResets(device: string): Promise<number> {
    const { stdout } = await this.guest.process(this.process.id);
    return stdout.split(`[path ${device}] [recorder] detected drift`).length - 1;
  }

  /** A connected operator that hears every event of cameras and recordings. */
  async client(): Promise<WsClient> {
    const client = await connectWs(`ws://127.0.0.1:${String(await this.guest.forward(PORT))}/ws`, {
      callWithinMs: 60_000,
    });
    this.#clients.add(client);
    this.#token ||= await this.#firstKey();
    await client.call('authenticate', { auth_token: this.#token });
    await client.call('subscribe_events', { topics: ['camera.*', 'recording.*', 'stream.*'] });
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.close()));
    this.#clients.clear();
    await this.guest.kill(this.process.id, 'SIGTERM');
    await until(
      'end of the service',
      async () => !(await this.guest.process(this.process.id)).running,
      STOP_MS,
    );
  }

  /** Processes below the service, by name. */
  async children(): Promise<readonly string[]> {
    const { stdout } = await this.guest.exec(`cat /proc/${String(this.pid)}/task/*/children`);
    const pids = stdout.split(/\s+/).filter(Boolean);
    const names = await this.guest.exec(`for p in ${pids.join(' ')}; do cat /proc/$p/comm; done 2>/dev/null`);
    return names.stdout.split('\n').filter(Boolean);
  }

  /** The key of the first start, which is faster than asking the command line for a token. */
  async #firstKey(): Promise<string> {
    const path = this.path('state', 'first-admin-key.txt');
    await this.guest.waitForPath(path, START_MS);
    return (await this.guest.readFile(path)).toString().trim();
  }

  /** Looks now and then whether it runs still: one that cannot start is not waited for. */
  async #untilListening(): Promise<void> {
    const isListening = async (): Promise<boolean> => {
      if (!(await this.guest.process(this.process.id)).running) throw new Error('it has ended');
      return this.guest.isOpen(PORT, LOOK_MS);
    };
    await until('listening service', isListening, START_MS);
  }

  async #isReady(mayBePartial: boolean): Promise<void> {
    const client = await this.client();
    const status = () => client.call<{ readonly status: string }>('get_system_status');
    const enough = mayBePartial ? ['ready', 'partial'] : ['ready'];
    const isReady = async (): Promise<boolean> => enough.includes((await status()).status);
    await until('ready service', isReady, START_MS).catch(async (cause: unknown) => {
      throw new Error(JSON.stringify(await status()), { cause });
    });
    await client.close();
    this.#clients.delete(client);
  }
}

/** Small pictures, because software emulation encodes 15 of them a second and no more. */
function defaults(): Readonly<Record<string, string>> {
  const folders = ['state', 'recordings', 'snapshots', 'run', 'logs'];
  return {
    'paths.base': FOLDER,
    ...Object.fromEntries(folders.map((name) => [`paths.${name}`, `${FOLDER}/${name}`])),
    'server.host': '127.0.0.1',
    'server.port': String(PORT),
    'mediamtx.binary': mediamtxBin(),
    // The guest's disk is its memory.
    'recordings.low_space_bytes': '1000000',
    'recordings.reserve_bytes': '8000000',
    // ffmpeg alone takes seconds to start under emulation.
    'recordings.start_timeout_ms': '45000',
    'streams.start_timeout_ms': '45000',
    'cameras.width': '320',
    'cameras.height': '240',
    'cameras.fps': '15',
    // A snapshot of six cameras at once, and of one that tears its pictures, takes longer than on a machine.
    'snapshots.timeout_ms': '30000',
    'v4l2_grabber.timeout_ms': '20000',
    'cameras.probe_timeout_ms': '20000',
  };
}

export interface CameraLine {
  readonly device: string;
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
  readonly resolution: string;
}

export async function cameras(client: WsClient): Promise<readonly CameraLine[]> {
  return (await client.call<{ readonly cameras: readonly CameraLine[] }>('get_camera_list')).cameras;
}

/** The next event of a topic, about a camera when one is named. */
export async function heard(client: WsClient, topic: string, device?: string): Promise<WsNotification> {
  const matches = ({ method, params }: WsNotification): boolean =>
    method === topic && (device === undefined || params['device'] === device);
  try {
    return await client.nextNotification(matches, EVENT_MS);
  } catch (cause) {
    const others = client.notifications.map((n) => `${n.method} ${String(n.params['device'])}`).join(', ');
    throw new Error(`no ${topic} for ${device ?? 'any camera'}; heard: ${others}`, { cause });
  }
}
