/** The listener in memory as a world of its contract. */
import {
  createMemoryHttpListener,
  type MemoryHttpListener,
} from '../../adapters/http-listener/memory/memory-http-listener.js';
import type { HttpListenerWorld, OpenRequest } from '../contract/http-listener.contract.js';

const HERE = '127.0.0.1';

export function memoryListenerWorld(): HttpListenerWorld {
  const taken = new Set<number>();
  return {
    create: (port = 0) => createMemoryHttpListener({ port, taken }),
    createBehindProxy: () => createMemoryHttpListener({ port: 0, taken, trustedProxies: [HERE] }),
    clientAddress: HERE,
    request: async (listener, request) => {
      const response = await (listener as MemoryHttpListener).request(request);
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.chunks) chunks.push(chunk);
      return { status: response.status, headers: response.headers, body: Buffer.concat(chunks) };
    },
    begin: (listener, request): OpenRequest => {
      const gone = new AbortController();
      const response = (listener as MemoryHttpListener).request({ ...request, signal: gone.signal });
      const iterator = response.then((answer) => answer.chunks[Symbol.asyncIterator]());
      return { read: async () => stepOf(await (await iterator).next()), leave: () => gone.abort() };
    },
    upgrade: (listener, target, upgrade = 'websocket') => {
      const handshake = { request: {}, socket: {}, asked: { headers: { upgrade } } };
      return Promise.resolve((listener as MemoryHttpListener).requestUpgrade(target, handshake));
    },
    withinMs: 2000,
  };
}

export function stepOf(step: IteratorResult<Uint8Array>): Uint8Array | undefined {
  return step.done === true ? undefined : step.value;
}
