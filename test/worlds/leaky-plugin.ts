/** A plugin that leaves one of everything open when its transport has stopped, unless it is told to be tidy. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CODE = `
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createReadStream, openSync, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const ended = [];
const listener = () => undefined;

async function openAll() {
  await pause(1);
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  ended.push(() => server.close());
  const client = connect(server.address().port, '127.0.0.1');
  client.on('error', () => undefined);
  ended.push(() => client.destroy());
  const udp = createSocket('udp4');
  await new Promise((resolve) => udp.bind(0, '127.0.0.1', resolve));
  ended.push(() => udp.close());
  const interval = setInterval(() => undefined, 60_000);
  ended.push(() => clearInterval(interval));
  const poll = { timer: undefined };
  const again = () => (poll.timer = setTimeout(again, 20));
  again();
  ended.push(() => clearTimeout(poll.timer));
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  ended.push(() => child.kill('SIGKILL'));
  const thread = new Worker('setInterval(() => undefined, 1000)', { eval: true });
  ended.push(() => thread.terminate());
  const handle = await open(import.meta.filename);
  ended.push(() => handle.close());
  const stream = createReadStream(import.meta.filename, { highWaterMark: 1 });
  await new Promise((resolve) => stream.once('open', resolve));
  ended.push(() => stream.destroy());
  const watcher = watch(import.meta.dirname);
  ended.push(() => watcher.close());
  process.on('SIGUSR2', listener);
  ended.push(() => process.off('SIGUSR2', listener));
}

export async function closeAll() {
  for (const each of ended.splice(0)) await each();
}

export default {
  name: 'leaky',
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', 'leaky', {
      options: {
        type: 'object',
        properties: { tidy: { type: 'boolean', default: false, description: 'Whether it closes what it opens.' } },
      },
      create: ({ config }) => ({
        name: 'leaky',
        supports: {},
        start: () => openAll(),
        stop: async () => void (config.tidy && (await closeAll())),
        addresses: () => [],
      }),
    });
  },
};
`;

/** What it leaves, by kind. */
export const LEAKS: Readonly<Record<string, number>> = {
  ...{ server: 1, connection: 1, 'UDP socket': 1, timers: 2, process: 1, thread: 1 },
  ...{ 'open files': 2, 'file watch': 1, 'process listener': 1 },
};

export interface LeakyPlugin {
  /** A folder with a package, whose main module is `index.mjs`. */
  readonly folder: string;
  readonly module: string;
  remove(): void;
}

export function writeLeakyPlugin(): LeakyPlugin {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'leaky-camera-plugin-'));
  const module = join(folder, 'index.mjs');
  writeFileSync(module, CODE);
  const options = {
    type: 'object',
    properties: {
      tidy: { type: 'boolean', default: false, description: 'Whether it closes what it opens.' },
    },
  };
  const manifest = { apiVersion: '^1.0.0', provides: [{ port: 'Transport', name: 'leaky', options }] };
  const about = { name: 'leaky', version: '1.0.0', type: 'module', main: 'index.mjs' };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ ...about, 'camera-service': manifest }, null, 2),
  );
  return { folder, module, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
