/** Our own transports of files and health on a port of the plugin's: an isolated plugin has no shared listener. */
import { createNodeHttpListener } from '../../adapters/http-listener/node/node-http-listener.js';
import { createHttpFilesTransport } from '../../adapters/transport/http-files/http-files-transport.js';
import { createHttpHealthTransport } from '../../adapters/transport/http-health/http-health-transport.js';
import { definePlugin, option, options, type HttpListener, type Logger } from '../../plugins/api/index.js';
import type { Transport } from '../../ports/index.js';

const OPTIONS = options({ port: option.port({ doc: 'Where it listens.' }) });
const MAKE = { files: createHttpFilesTransport, health: createHttpHealthTransport };

function onItsOwnPort(
  kind: keyof typeof MAKE,
  { port, log }: { readonly port: number; readonly log: Logger },
): Transport {
  const listener: HttpListener = createNodeHttpListener(
    { host: '127.0.0.1', port, allowedOrigins: [] },
    { log },
  );
  const transport = MAKE[kind]({ listener, log });
  return {
    name: transport.name,
    supports: transport.supports,
    addresses: () => transport.addresses(),
    start: async (service, signal) => {
      await listener.start(signal);
      await transport.start(service, signal);
    },
    stop: async (signal) => {
      await transport.stop(signal);
      await listener.stop(signal);
    },
  };
}

export default definePlugin({
  name: 'web',
  apiVersion: 1,
  setup(context) {
    for (const kind of ['files', 'health'] as const)
      context.provide('Transport', kind, {
        options: OPTIONS,
        create: ({ config, log }) => onItsOwnPort(kind, { port: config.port, log }),
      });
  },
});
