/** Drives the synthetic cameras of a running service from another process: one line of JSON in, one line out. */
import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { PortError } from '../../../ports/port-error.js';

export const SYNTHETIC_ACTIONS = ['plug', 'unplug', 'freeze', 'thaw', 'busy', 'idle'] as const;

export interface SyntheticCommand {
  readonly action: (typeof SYNTHETIC_ACTIONS)[number];
  /** Counted from 1. */
  readonly camera: number;
}

const FILE = 'control.sock';
const MAX_LINE_BYTES = 4096;
const ANSWER_WITHIN_MS = 5000;

export class ControlServer {
  readonly #path: string;
  readonly #obey: (command: SyntheticCommand) => Promise<void>;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(folder: string, obey: (command: SyntheticCommand) => Promise<void>) {
    this.#path = join(folder, FILE);
    this.#obey = obey;
  }

  async open(): Promise<void> {
    await rm(this.#path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#path, resolve);
    });
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    readLine(socket, (line) => {
      void this.#answer(line).then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
    });
  }

  async #answer(line: string): Promise<{ ok: boolean; error?: string }> {
    try {
      await this.#obey(parseCommand(line));
      return { ok: true };
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : 'refused' };
    }
  }
}

/**
 * Sends one command to the service whose run folder this is.
 * @throws PortError `SOURCE_UNAVAILABLE` when no service with synthetic cameras runs there, `OPTION_INVALID` when it refuses.
 */
export async function sendSyntheticCommand(runDir: string, command: SyntheticCommand): Promise<void> {
  const socket = createConnection(join(runDir, 'synthetic', FILE));
  const line = await new Promise<string>((resolve, reject) => {
    socket.once('error', reject).once('close', () => reject(new Error('closed without an answer')));
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('no answer in time')));
    socket.once('connect', () => socket.write(`${JSON.stringify(command)}\n`));
    readLine(socket, resolve);
  }).catch((cause: unknown) => {
    throw new PortError('SOURCE_UNAVAILABLE', { message: 'no synthetic cameras are running here', cause });
  });
  socket.destroy();
  const answer = JSON.parse(line) as { readonly ok: boolean; readonly error?: string };
  if (!answer.ok) throw new PortError('OPTION_INVALID', { message: answer.error ?? 'refused' });
}

function readLine(socket: Socket, take: (line: string) => void): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) {
      socket.removeAllListeners('data');
      socket.resume();
      take(text.slice(0, end));
    } else if (text.length > MAX_LINE_BYTES) {
      socket.destroy();
    }
  });
}

function parseCommand(line: string): SyntheticCommand {
  const value = JSON.parse(line) as Partial<SyntheticCommand> | null;
  const action = SYNTHETIC_ACTIONS.find((known) => known === value?.action);
  const camera = value?.camera;
  if (action === undefined) throw new TypeError(`the action must be one of ${SYNTHETIC_ACTIONS.join(', ')}`);
  if (!Number.isInteger(camera) || camera === undefined) throw new TypeError('the camera must be a number');
  return { action, camera };
}
