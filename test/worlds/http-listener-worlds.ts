/** The HTTP listeners of this repository with clients for each. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createNodeHttpListener } from '../../adapters/http-listener/node/node-http-listener.js';
import type { HttpListener } from '../../ports/index.js';
import type { HttpListenerWorld, ListenerRequest } from '../contract/http-listener.contract.js';
import { stepOf } from './memory-listener-world.js';
import { quietLog } from './transport-worlds.js';

const HERE = '127.0.0.1';

export function nodeListenerWorld(): HttpListenerWorld {
  return {
    create: (port = 0) => createNodeHttpListener({ host: '127.0.0.1', port }, { log: quietLog }),
    createBehindProxy: () =>
      createNodeHttpListener({ host: '127.0.0.1', port: 0, trustedProxies: [HERE] }, { log: quietLog }),
    clientAddress: HERE,
    request: async (listener, request) => {
      const response = await send(listener, request).answered;
      const chunks: Buffer[] = [];
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
      const headers = response.headers as Record<string, string | undefined>;
      return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) };
    },
    begin: (listener, request) => {
      const { answered, leave } = send(listener, request);
      const iterator = answered.then(
        (response) => response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
      );
      return { read: async () => stepOf(await (await iterator).next()), leave };
    },
    upgrade: upgradeOverTcp,
    withinMs: 2000,
  };
}

function send(
  listener: HttpListener,
  { method = 'GET', target, headers = {}, body }: ListenerRequest,
): { readonly answered: Promise<IncomingMessage>; readonly leave: () => void } {
  const { host, port } = listener.address() ?? { host: '127.0.0.1', port: 1 };
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  const all = { host: `${host}:${String(port)}`, connection: 'close', ...headers, ...length };
  // As a list, so that Node neither adds a Host nor makes one of several.
  const lines = Object.entries(all).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [name, value]),
  );
  const options = { host, port, path: target, method, headers: lines, agent: false };
  const request = httpRequest(options);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  request.end(body);
  return { answered, leave: () => void request.destroy() };
}

function upgradeOverTcp(listener: HttpListener, path: string, upgrade = 'websocket'): Promise<boolean> {
  const { host, port } = listener.address() ?? { host: '127.0.0.1', port: 1 };
  const headers = { connection: 'Upgrade', upgrade };
  return new Promise((resolve) => {
    const request = httpRequest({ host, port, path, headers, agent: false });
    request.on('response', (response) => {
      response.resume();
      resolve(false);
    });
    // A handler of the contract takes the connection and closes it without a word.
    request.on('error', () => resolve(true));
    request.end();
  });
}
