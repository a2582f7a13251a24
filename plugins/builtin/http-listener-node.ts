/** HTTP listeners on TCP. `key` in the section names the configuration key of the port, for errors. */
import { createNodeHttpListener } from '../../adapters/http-listener/node/node-http-listener.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'http-listener-node',
  apiVersion: 1,
  setup(ctx) {
    ctx.provide('HttpListener', 'node', ({ config, log }) =>
      createNodeHttpListener(
        {
          host: config['host'] as string,
          port: config['port'] as number,
          key: (config['key'] as string | undefined) ?? 'server.port',
          allowedOrigins: config['allowed_origins'] as string[],
          headersTimeoutMs: config['headers_timeout_ms'] as number,
          requestTimeoutMs: config['request_timeout_ms'] as number,
          keepAliveTimeoutMs: config['keep_alive_timeout_ms'] as number,
          stallTimeoutMs: config['stall_timeout_ms'] as number,
          maxHeaderBytes: config['max_header_bytes'] as number,
          maxConnections: config['max_connections'] as number,
        },
        { log },
      ),
    );
  },
});
