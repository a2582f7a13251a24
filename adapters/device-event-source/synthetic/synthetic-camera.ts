/** One synthetic camera: a socket that behaves like the node of a USB camera. One program at a time gets its pictures. */
import { rmSync, writeFileSync } from 'node:fs';
import { writeFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from '../../../ports/logger.js';
import { spawnOwned, type OwnedChild } from '../../_shared/child-process.js';
import { dialectOf } from '../../_shared/ffmpeg-dialect.js';
import { JpegSplitter } from '../../_shared/jpeg-splitter.js';
import { patternArguments, type PatternOptions } from './test-pattern.js';

export interface CameraPlace {
  readonly socketPath: string;
  readonly runDir: string;
  readonly ffmpegPath: string;
}

/** Who has the camera while it is busy. */
const HOLDER = 'another program (simulated)';
const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** Pictures that wait for a slow reader, as in a camera driver; further ones are lost. */
const MAX_WAITING_BYTES = 2 * 1024 * 1024;
/** How long a newcomer waits for the one before to let go: a closed socket is noticed a moment later. */
const HANDOVER_MS = 200;
/** Every picture of one encoder begins with the same bytes. Sent ahead, they tell the reader that the picture before is complete. */
const HEAD_BYTES = 4;

interface Consumer {
  readonly socket: Socket;
  readonly gone: Promise<void>;
}

export class SyntheticCamera {
  readonly #pattern: PatternOptions;
  readonly #place: CameraPlace;
  readonly #log: Logger;
  #server: Server | undefined;
  #consumer: Consumer | undefined;
  #child: OwnedChild | undefined;
  #busy = false;
  #frozen = false;

  constructor(pattern: PatternOptions, place: CameraPlace, log: Logger) {
    this.#pattern = pattern;
    this.#place = place;
    this.#log = log;
  }

  /** Makes the node. What the camera offers stands beside it, as sysfs has it for a real one. */
  async plug(): Promise<void> {
    if (this.#server !== undefined) return;
    const { socketPath } = this.#place;
    await rm(socketPath, { force: true });
    this.#markBusy();
    const { name, width, height, fps } = this.#pattern;
    await writeFile(factsPath(socketPath), JSON.stringify({ name, width, height, fps }), { mode: 0o600 });
    const server = createServer((socket) => void this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
    server.on('error', (cause) => this.#log.warn('a synthetic camera cannot accept', { cause }));
    this.#server = server;
  }

  /** Takes the node away; who reads from it sees the end. */
  async unplug(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    this.#frozen = false;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.#consumer?.socket.destroy();
    await Promise.all([closed, rm(factsPath(this.#place.socketPath), { force: true })]);
    await this.#child?.stop(0, 'SIGKILL');
  }

  /** While busy, newcomers find that another program is using the camera. */
  setBusy(busy: boolean): void {
    this.#busy = busy;
    if (this.#server !== undefined) this.#markBusy();
  }

  /** A real camera is asked; this one says it in a file. */
  #markBusy(): void {
    const file = this.#place.socketPath.replace(/\.sock$/, '.busy');
    if (this.#busy) writeFileSync(file, HOLDER, { mode: 0o600 });
    else rmSync(file, { force: true });
  }

  /** While frozen, the reader stays connected and gets nothing. */
  setFrozen(frozen: boolean): void {
    this.#frozen = frozen;
  }

  async #accept(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    if (this.#busy) return void socket.destroy();
    if (this.#consumer !== undefined) await within(this.#consumer.gone, HANDOVER_MS);
    if (this.#consumer !== undefined || this.#server === undefined) return void socket.destroy();
    const consumer = { socket, gone: new Promise<void>((resolve) => socket.once('close', () => resolve())) };
    this.#consumer = consumer;
    // Reading is the only way to notice that the other side has closed.
    socket.resume();
    await this.#serve(consumer).catch((cause: unknown) => {
      this.#log.error('a synthetic camera cannot deliver', { camera: this.#pattern.name, cause });
    });
    socket.destroy();
    if (this.#consumer === consumer) this.#consumer = undefined;
  }

  async #serve({ socket, gone }: Consumer): Promise<void> {
    let isGone = false;
    void gone.then(() => {
      isGone = true;
      this.#consumer = undefined;
    });
    const { ffmpegPath: command, runDir } = this.#place;
    const dialect = dialectOf(command, runDir);
    const args = await dialect.translate(patternArguments(this.#pattern));
    const child = await spawnOwned({
      label: `synthetic camera ${this.#pattern.name}`,
      command,
      args,
      runDir,
    });
    this.#child = child;
    if (isGone) return void (await child.stop(0, 'SIGKILL'));
    const relay = new Relay(socket, () => this.#frozen);
    child.process.stdout?.on('data', (chunk: Buffer) => relay.push(chunk));
    await Promise.race([gone, child.exited]);
    dialect.learn(child.tail());
    if (!isGone) this.#log.warn('a synthetic camera stopped by itself', { tail: child.tail() });
    await child.stop(0, 'SIGKILL');
    if (this.#child === child) this.#child = undefined;
  }
}

/** Where the facts about the camera of a socket are. */
function factsPath(socketPath: string): string {
  return socketPath.replace(/\.sock$/, '.json');
}

/** Passes whole pictures on, or none: a slow or frozen reader loses pictures, never parts of them. */
class Relay {
  readonly #socket: Socket;
  readonly #isFrozen: () => boolean;
  readonly #splitter = new JpegSplitter(MAX_FRAME_BYTES);
  #sentHead = 0;

  constructor(socket: Socket, isFrozen: () => boolean) {
    this.#socket = socket;
    this.#isFrozen = isFrozen;
  }

  push(chunk: Buffer): void {
    for (const { jpeg } of this.#splitter.push(chunk)) {
      if (this.#isFrozen() || this.#socket.destroyed) continue;
      if (this.#socket.writableLength > MAX_WAITING_BYTES) continue;
      this.#socket.write(Buffer.concat([jpeg.subarray(this.#sentHead), jpeg.subarray(0, HEAD_BYTES)]));
      this.#sentHead = HEAD_BYTES;
    }
  }
}

async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([promise, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
