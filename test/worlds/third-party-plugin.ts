/** A plugin as somebody else would publish it: plain JavaScript in a package of its own, made by the test. */
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

export const PLUGIN = 'acme-camera-plugin';

const OPTIONS = {
  type: 'object',
  properties: {
    port: { type: 'integer', description: 'Port of the lines.', minimum: 1, maximum: 65_535 },
    password: { type: 'string', description: 'Nobody asks for it.', default: '', writeOnly: true },
  },
  required: ['port'],
};

const PROVIDES = [
  { port: 'Transport', name: 'acme-lines', options: OPTIONS },
  { port: 'DeviceEventSource', name: 'acme-list' },
];

/** Calls and events as lines of JSON over TCP; and a camera that nobody plugged in. */
const CODE = `
import { createServer } from 'node:net';

const camera = {
  key: 'acme:1', kind: 'memory', locator: 'acme-1', name: 'Acme camera', hints: { serial: 'ACME1' },
};

function linesTransport({ config, log }) {
  const sockets = new Set();
  let server;
  return {
    name: 'acme-lines',
    supports: { calls: true, events: true, files: false, health: false, jsonRpc: false, batches: false },
    addresses: () => (server?.listening ? ['tcp://127.0.0.1:' + server.address().port] : []),
    start: (service) => new Promise((resolve, reject) => {
      server = createServer((socket) => serve(socket, service));
      server.once('error', reject);
      server.listen(config.port, '127.0.0.1', () => { log.info('acme listens'); resolve(); });
    }),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => (server ? server.close(resolve) : resolve()));
    },
  };

  function serve(socket, service) {
    sockets.add(socket);
    const gone = new AbortController();
    const say = (message) => socket.write(JSON.stringify(message) + '\\n');
    const session = service.rpc.open({ transport: 'acme-lines', address: socket.remoteAddress }, say);
    let rest = '';
    socket.on('data', async (chunk) => {
      const lines = (rest + chunk).split('\\n');
      rest = lines.pop();
      for (const line of lines) {
        const { tag, ...call } = JSON.parse(line);
        say({ tag, ...(await session.call(call, gone.signal)) });
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => { sockets.delete(socket); gone.abort(); session.close(); });
  }
}

function listSource() {
  return {
    name: 'acme-list',
    supports: { hotplugLatencyMs: Infinity, reportsSerial: true },
    async *watch(signal) {
      if (signal.aborted) return;
      yield { type: 'added', source: camera };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  };
}

export default {
  name: '${PLUGIN}',
  apiVersion: API_VERSION,
  setup(context) {
    const options = ${JSON.stringify(OPTIONS)};
    context.provide('Transport', 'acme-lines', { options, create: linesTransport });
    context.provide('DeviceEventSource', 'acme-list', { create: listSource });
  },
};
`;

/** Installs the plugin beside a service, as npm would. @returns the folder of the package. */
export async function installPlugin(dir: string, apiVersion = 1): Promise<string> {
  const folder = join(dir, 'node_modules', PLUGIN);
  await mkdir(folder, { recursive: true });
  const about = { name: PLUGIN, version: '7.8.9', type: 'module', exports: './plugin.js' };
  const manifest = { apiVersion: `^${apiVersion}.0.0`, provides: PROVIDES };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...about, 'camera-service': manifest }));
  await writeFile(join(folder, 'plugin.js'), CODE.replace('API_VERSION', String(apiVersion)));
  return folder;
}

export interface LinesAnswer {
  readonly tag: number;
  readonly ok: boolean;
  readonly result?: unknown;
  readonly error?: { readonly rpcCode: number; readonly data: { readonly code: string } };
}

export interface LinesEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A client of the plugin's own protocol. */
export class LinesClient {
  readonly events: LinesEvent[] = [];
  readonly #socket;
  readonly #answers = new Map<number, (answer: LinesAnswer) => void>();
  #rest = '';
  #tag = 0;

  private constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#socket.setEncoding('utf8').on('data', (chunk: string) => this.#hear(chunk));
  }

  static open(port: number): Promise<LinesClient> {
    const client = new LinesClient(port);
    return new Promise((resolve, reject) => {
      client.#socket.once('connect', () => resolve(client)).once('error', reject);
    });
  }

  call(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<LinesAnswer> {
    const tag = (this.#tag += 1);
    this.#socket.write(`${JSON.stringify({ tag, method, params })}\n`);
    return new Promise((resolve) => this.#answers.set(tag, resolve));
  }

  close(): void {
    this.#socket.destroy();
  }

  #hear(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as LinesAnswer | LinesEvent;
      if ('method' in message) this.events.push(message);
      else this.#answers.get(message.tag)?.(message);
    }
  }
}
