/** One guest, driven from the test process. Boot it once, run many cases in it, `reset` it between them. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import type { FakeUvcCamera } from './fake-uvc.js';
import { LAB_DIR, LAB_SOURCE, REPOSITORY } from './places.js';
import { Qemu } from './qemu.js';
import { readAll, request } from './request.js';
import type { LabResponse } from './request.js';

const AGENT_PORT = 1;
const BOOT_MS = 180_000;
const ANSWER_MS = 50_000;
/** An argument list, or text for the shell. */
export type Command = string | readonly string[];

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Background extends Finished {
  readonly running: boolean;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

interface SpawnOptions extends Pick<RunOptions, 'cwd' | 'env'> {
  /** It outlives `reset`, with whatever it starts. */
  readonly stays?: boolean;
}

/** Boots a guest; resolves when its agent answers, after 5 to 8 seconds. */
export async function bootGuest(memoryMiB = 768, processors = 2): Promise<Guest> {
  await sweep();
  const folder = await mkdtemp(join(LAB_DIR, `guest.${String(process.pid)}.`));
  const env = { LAB: LAB_DIR, LAB_SRC: LAB_SOURCE, LAB_CWD: REPOSITORY, LAB_NODE: process.execPath };
  const log = join(folder, 'console.log');
  const qemu = new Qemu({ images: LAB_DIR, log, env, agentPort: AGENT_PORT, memoryMiB, processors });
  const guest = new Guest(qemu, folder);
  try {
    await guest.ready();
    return guest;
  } catch (cause) {
    const words = `${guest.console().slice(-2000)}\n${readFileSync(`${log}.qemu`, 'utf8')}`;
    await guest.stop();
    throw new Error(`the guest does not boot\n${words}`, { cause });
  }
}

/** Removes the folders of guests whose test process was killed. */
async function sweep(): Promise<void> {
  for (const name of await readdir(LAB_DIR)) {
    const pid = /^guest\.(\d+)\./.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    await rm(join(LAB_DIR, name), { recursive: true, force: true });
  }
}

export class Guest {
  readonly #forwards = new Map<number, Promise<number>>();
  readonly #agent = new http.Agent({ keepAlive: true });
  #agentPort = 0;

  constructor(
    private readonly qemu: Qemu,
    private readonly folder: string,
  ) {}

  async ready(): Promise<void> {
    await this.qemu.command('qmp_capabilities');
    const deadline = performance.now() + BOOT_MS;
    while (!this.console().includes('LAB: agent ready')) {
      if (this.qemu.hasEnded) throw new Error('the guest ended while it booted');
      if (performance.now() > deadline)
        throw new Error(`the guest was not ready after ${String(BOOT_MS)} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#agentPort = await this.qemu.hostPort(AGENT_PORT);
  }

  /** The serial console so far. */
  console(): string {
    const path = join(this.folder, 'console.log');
    return existsSync(path) ? readFileSync(path, 'utf8').replaceAll('\r', '') : '';
  }

  /** A loopback port of this machine that leads to a port of the guest. Wait for the listener first: see `waitForPort`. */
  forward(guestPort: number): Promise<number> {
    const known = this.#forwards.get(guestPort) ?? this.qemu.forward(guestPort);
    this.#forwards.set(guestPort, known);
    return known;
  }

  /** Runs a command to its end. */
  async exec(command: Command, options: RunOptions = {}): Promise<Finished> {
    const timeoutMs = options.timeoutMs ?? 60_000;
    const order = { argv: argvOf(command), ...options, timeoutMs };
    const { message } = await this.#ask('POST /exec', order, timeoutMs + 10_000);
    const finished = { stdout: '', stderr: '' } as Finished & { stdout: string; stderr: string };
    const lines = (await readAll(message)).toString().split('\n').filter(Boolean);
    for (const line of lines) {
      const { out = '', err = '', ...end } = JSON.parse(line) as { out?: string; err?: string };
      finished.stdout += out;
      finished.stderr += err;
      Object.assign(finished, end);
    }
    return finished;
  }

  /** Starts a command in the background. */
  async spawn(
    command: Command,
    options: SpawnOptions = {},
  ): Promise<{ readonly id: number; readonly pid: number }> {
    return this.#json('POST /spawn', { argv: argvOf(command), ...options });
  }

  /** State and newest output of a command in the background. */
  process(id: number): Promise<Background> {
    return this.#json(`GET /proc?id=${String(id)}`);
  }

  async kill(id: number, signal = 'SIGTERM'): Promise<void> {
    await this.#json('POST /kill', { id, signal });
  }

  /** Empties the guest: no camera, no process but those that stay, no file. */
  async reset(): Promise<void> {
    await this.#json('POST /reset', {});
  }

  async waitForPath(path: string, timeoutMs = 30_000): Promise<void> {
    await this.#wait({ path, timeoutMs });
  }

  async waitUntilGone(path: string, timeoutMs = 30_000): Promise<void> {
    await this.#wait({ path, gone: true, timeoutMs });
  }

  async waitForPort(port: number, timeoutMs = 30_000): Promise<void> {
    await this.#wait({ port, timeoutMs });
  }

  /** True when a port answers within that time. */
  async isOpen(port: number, timeoutMs: number): Promise<boolean> {
    const { ok } = await this.#json<{ readonly ok: boolean }>('POST /wait', { port, timeoutMs });
    return ok;
  }

  /** When a file was made and last changed, on this machine's clock. The guest's goes wrong by up to a second. */
  async stat(path: string): Promise<{ readonly bornMs: number; readonly changedMs: number }> {
    const askedMs = Date.now();
    const there = await this.#json<Readonly<Record<'bornMs' | 'changedMs' | 'nowMs', number>>>(
      `GET /stat?path=${encodeURIComponent(path)}`,
    );
    const behindMs = (askedMs + Date.now()) / 2 - there.nowMs;
    return { bornMs: there.bornMs + behindMs, changedMs: there.changedMs + behindMs };
  }

  async readFile(path: string): Promise<Buffer> {
    const { message } = await this.#ask(`GET /file?path=${encodeURIComponent(path)}`);
    const data = await readAll(message);
    if (message.statusCode !== 200) throw new Error(`guest ${path}: ${data.toString()}`);
    return data;
  }

  async writeFile(path: string, body: string | Buffer): Promise<void> {
    const route = `/file?path=${encodeURIComponent(path)}`;
    const common = { port: this.#agentPort, agent: this.#agent, timeoutMs: ANSWER_MS };
    const { message } = await request({ ...common, method: 'PUT', path: route, body });
    const text = await readAll(message);
    if (message.statusCode !== 200) throw new Error(`guest ${path}: ${text.toString()}`);
  }

  /**
   * Plugs a camera into a port (0 to 14) of the guest's virtual USB hub; resolves when the kernel has the connection. The
   * kernel shows it as `1-<port + 1>`; its nodes appear half a second later.
   */
  async plug(camera: FakeUvcCamera, port = 0): Promise<void> {
    const headers = { connection: 'Upgrade', upgrade: 'usbip' };
    const path = `/usbip?port=${String(port)}`;
    const { message, socket } = await request({
      port: this.#agentPort,
      agent: false,
      path,
      headers,
      timeoutMs: ANSWER_MS,
    });
    if (socket === undefined) throw new Error(`agent: camera refused: ${String(message.statusCode)}`);
    camera.attach(socket);
  }

  /** The nodes of the camera in a port, the one that captures first. A number that somebody still has open is not given again. */
  async nodes(port = 0): Promise<readonly string[]> {
    const folder = videoFolder(port);
    const { stdout } = await this.exec(
      `cd ${folder} && for n in *; do echo "$(cat $n/index) $n"; done | sort`,
    );
    return stdout
      .trim()
      .split('\n')
      .map((line) => `/dev/${String(line.split(' ')[1])}`);
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.qemu.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #wait(what: Readonly<Record<string, unknown>> & { readonly timeoutMs: number }): Promise<void> {
    const { ok } = await this.#json<{ readonly ok: boolean }>('POST /wait', what, what.timeoutMs + 10_000);
    if (!ok) throw new Error(`guest: waited in vain for ${JSON.stringify(what)}`);
  }

  #ask(route: `${'GET' | 'POST'} ${string}`, value?: unknown, timeoutMs = ANSWER_MS): Promise<LabResponse> {
    const [method, path = ''] = route.split(' ');
    const body = value === undefined ? {} : { body: JSON.stringify(value) };
    return request({
      port: this.#agentPort,
      agent: this.#agent,
      method: String(method),
      path,
      timeoutMs,
      ...body,
    });
  }

  async #json<T>(route: `${'GET' | 'POST'} ${string}`, value?: unknown, timeoutMs?: number): Promise<T> {
    const { message } = await this.#ask(route, value, timeoutMs);
    const answer = JSON.parse((await readAll(message)).toString()) as T & { readonly error?: string };
    if (message.statusCode !== 200) throw new Error(`agent ${route}: ${String(answer.error)}`);
    return answer;
  }
}

/** Folder with an entry for each node of the camera in a port. */
export function videoFolder(port: number): string {
  const usb = `1-${String(port + 1)}`;
  return `/sys/bus/usb/devices/${usb}/${usb}:1.0/video4linux`;
}

function argvOf(command: Command): readonly string[] {
  return typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
}
