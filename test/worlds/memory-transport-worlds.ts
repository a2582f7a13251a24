/** Transports without a network as settings of their contract. */
import { createMemoryHttpListener } from '../../adapters/http-listener/memory/memory-http-listener.js';
import { createHttpFilesTransport } from '../../adapters/transport/http-files/http-files-transport.js';
import { createHttpHealthTransport } from '../../adapters/transport/http-health/http-health-transport.js';
import { createMemoryTransport } from '../../adapters/transport/memory/memory-transport.js';
import type { HttpListener, Logger, Transport } from '../../ports/index.js';
import type { TransportSetting } from '../contract/transport.world.js';

export const quietLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  isEnabled: () => false,
  child: () => quietLog,
  flush: () => Promise.resolve(),
};

const never = (): AbortSignal => new AbortController().signal;

export async function memorySetting(): Promise<TransportSetting> {
  const transport = createMemoryTransport();
  return {
    transport,
    connect: async (credential) => {
      const client = transport.connect(credential === undefined ? {} : { credential });
      return {
        call: async (method, params) => {
          const outcome = await client.call(method, params);
          if (outcome.ok) return outcome;
          const { rpcCode: code, message, data } = outcome.error;
          return { error: { code, message, data } };
        },
        onNotification: (listener) => void client.onNotification(listener),
        closed: client.closed,
        close: () => client.close(),
      };
    },
    request: unsupported,
    dispose: () => Promise.resolve(),
  };
}

/** Files over the listener without a network. */
export function memoryFilesSetting(): Promise<TransportSetting> {
  return overMemory((listener) => createHttpFilesTransport({ listener, log: quietLog }));
}

/** Health over the same. */
export function memoryHealthSetting(): Promise<TransportSetting> {
  return overMemory((listener) => createHttpHealthTransport({ listener, log: quietLog }));
}

async function overMemory(create: (listener: HttpListener) => Transport): Promise<TransportSetting> {
  const listener = createMemoryHttpListener();
  await listener.start(never());
  return {
    transport: create(listener),
    connect: unsupported,
    request: async ({ path, ...rest }) => {
      const response = await listener.request({ target: path, ...rest });
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.chunks) chunks.push(chunk);
      return { ...response, body: Buffer.concat(chunks) };
    },
    dispose: () => listener.stop(never()),
  };
}

export function unsupported(): Promise<never> {
  return Promise.reject(new Error('this transport does not offer that'));
}
