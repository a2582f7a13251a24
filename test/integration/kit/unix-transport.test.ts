/** A transport in sixty lines, as the page of the kit has it, with clients on a real socket. */
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AdapterContext, Transport } from '../../../plugins/api/index.js';
import { transportContract } from '../../contract/transport.contract.js';
import { ScriptedService } from '../../contract/transport.service.js';
import type { RawTestClient, TestAnswer, TransportSetting } from '../../contract/transport.world.js';
import { tempDir } from '../../worlds/media.js';
import { realClock, silentLog } from '../../worlds/synthetic.js';
import { loadSample } from './samples.js';

interface Sample {
  createUnixTransport(path: string, parts: Pick<AdapterContext, 'clock' | 'log'>): Transport;
}

const never = (): AbortSignal => new AbortController().signal;
let sample: Sample;
before(async () => void (sample = (await loadSample('unix-transport.ts')) as Sample));

async function setting(): Promise<TransportSetting> {
  const folder = await tempDir();
  const path = join(folder.path, 'rpc.sock');
  return {
    transport: sample.createUnixTransport(path, { clock: realClock, log: silentLog }),
    connect: async (credential) => {
      const { client, answers, onNotification } = await dial(path, credential);
      let last = 0;
      return {
        call: (method, params) => {
          const id = (last += 1);
          const answer = new Promise<TestAnswer>((resolve, reject) => {
            answers.set(id, resolve);
            void client.closed.then(() => reject(new Error('the connection has ended')));
          });
          client.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
          return answer;
        },
        onNotification,
        closed: client.closed,
        close: () => client.close(),
      };
    },
    connectRaw: async () => (await dial(path)).client,
    request: () => Promise.reject(new Error('there are no files')),
    dispose: () => folder.remove(),
  };
}

/** Resolves when the service has answered for the first time: it knows the client then. */
async function dial(path: string, credential?: string) {
  const socket = connect(path);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve('closed')));
  socket.on('error', () => undefined);
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const answers = new Map<unknown, (answer: TestAnswer) => void>();
  const listeners = new Set<(text: string) => void>();
  let hear: (notification: { method: string; params: unknown }) => void = () => undefined;
  let rest = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      for (const listener of listeners) listener(line);
      const { id, method, params, ...answer } = JSON.parse(line) as TestAnswer & {
        id?: unknown;
        method?: string;
        params?: unknown;
      };
      if (method !== undefined) hear({ method, params });
      else answers.get(id)?.(answer);
    }
  });
  const known = new Promise<void>((resolve) => listeners.add(() => resolve()));
  socket.write(`${credential === undefined ? '' : `Bearer ${credential}\n`}{}\n`);
  await Promise.race([known, closed]);
  listeners.clear();
  return {
    client: rawClient(socket, listeners, closed),
    answers,
    onNotification: (l: typeof hear) => void (hear = l),
  };
}

function rawClient(
  socket: Socket,
  listeners: Set<(text: string) => void>,
  closed: Promise<string>,
): RawTestClient {
  return {
    send: (message) => {
      socket.write(message);
      socket.write('\n');
    },
    onMessage: (listener) => void listeners.add(listener),
    closed,
    close: () => void socket.destroy(),
  };
}

describe('a transport made with jsonRpcPeer', () => {
  const supports = { calls: true, events: true, files: false, health: false, jsonRpc: true, batches: true };
  transportContract('unix', { create: setting, supports, withinMs: 2000 });

  const batchOfHolds = JSON.stringify([1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'hold' })));

  it('sends the answers of a batch before it ends', async () => {
    const service = new ScriptedService();
    const { transport, connectRaw, dispose } = await setting();
    await transport.start(service, never());
    const client = await connectRaw?.();
    const heard = new Promise<string>((resolve) => client?.onMessage(resolve));
    client?.send(batchOfHolds);
    while (service.heldCalls < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    const stopped = transport.stop(never());
    service.release();
    expect(JSON.parse(await heard)).to.have.lengthOf(2);
    await stopped;
    await dispose();
  });

  it('takes messages in pieces, several at once, and passes over blank lines', async () => {
    const service = new ScriptedService();
    const { transport, connectRaw, dispose } = await setting();
    await transport.start(service, never());
    const client = await connectRaw?.();
    const heard: unknown[] = [];
    const three = new Promise<void>((resolve) =>
      client?.onMessage((text) => {
        if (heard.push((JSON.parse(text) as { id: unknown }).id) === 3) resolve();
      }),
    );
    const call = (id: number): string => JSON.stringify({ jsonrpc: '2.0', id, method: 'echo' });
    client?.send(`\r\n${call(1)}\r\n \n${call(2)}`);
    client?.send(call(3).slice(0, 9).concat(call(3).slice(9)));
    await three;
    expect(heard).to.deep.equal([1, 2, 3]);
    await transport.stop(never());
    await dispose();
  });
});
