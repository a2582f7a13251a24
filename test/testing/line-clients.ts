/** Clients of a transport that has a JSON-RPC message on each line, for its contract. */
import { connect, type Socket } from 'node:net';
import type { RawTestClient, TestAnswer, TestClient } from '../contract/transport.world.js';

/** Where it listens, and how a client shows a credential there. */
export interface LineServer {
  /** Of a UNIX socket; else `port` on this machine. */
  readonly path?: string;
  readonly port?: number;
  /** What a client writes first to show its credential. */
  readonly greeting: (credential: string) => string;
}

export interface LineClients {
  connect(credential?: string): Promise<TestClient>;
  connectRaw(): Promise<RawTestClient>;
}

type Notification = Parameters<Parameters<TestClient['onNotification']>[0]>[0];
type Incoming = TestAnswer & Partial<Notification> & { readonly id?: unknown };

export function lineClients(server: LineServer): LineClients {
  return {
    connect: async (credential) => callerOn(await dial(server, credential)),
    connectRaw: () => dial(server),
  };
}

function callerOn(client: RawTestClient): TestClient {
  const waiting = new Map<unknown, (answer: TestAnswer) => void>();
  const heard = new Set<(notification: Notification) => void>();
  let lastId = 0;
  client.onMessage((text) => {
    const { id, method, params, ...answer } = JSON.parse(text) as Incoming;
    if (method === undefined) waiting.get(id)?.(answer);
    else for (const listener of heard) listener({ method, params });
  });
  return {
    call: (method, params) => {
      const id = (lastId += 1);
      const answer = new Promise<TestAnswer>((resolve, reject) => {
        waiting.set(id, resolve);
        void client.closed.then(() => reject(new Error('the connection has ended')));
      });
      client.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      return answer;
    },
    onNotification: (listener) => void heard.add(listener),
    closed: client.closed,
    close: () => client.close(),
  };
}

/** Resolves when the service knows the client: it has answered a message that calls nothing. */
async function dial({ path, port, greeting }: LineServer, credential?: string): Promise<RawTestClient> {
  const socket = path === undefined ? connect(port ?? 0, '127.0.0.1') : connect(path);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve('closed')));
  await new Promise((resolve, reject) => socket.once('connect', resolve).on('error', reject));
  const listeners = new Set<(text: string) => void>();
  readLines(socket, (line) => {
    for (const listener of listeners) listener(line);
  });
  const known = new Promise<void>((resolve) => listeners.add(() => resolve()));
  socket.write(`${credential === undefined ? '' : `${greeting(credential)}\n`}{}\n`);
  await Promise.race([known, closed]);
  listeners.clear();
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

function readLines(socket: Socket, hear: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(hear);
  });
}
