/** JSON-RPC over WebSocket on the API listener. */
import { createWsJsonRpcTransport } from '../../adapters/transport/ws-jsonrpc/ws-jsonrpc-transport.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'ws-jsonrpc',
  apiVersion: 1,
  setup(ctx) {
    ctx.provide('Transport', 'ws-jsonrpc', ({ config, listeners, log, clock }) =>
      createWsJsonRpcTransport(
        {
          path: config['path'] as string,
          heartbeatMs: config['heartbeat_ms'] as number,
          maxSockets: config['max_sockets'] as number,
        },
        { listener: listeners.api, log, clock },
      ),
    );
  },
});
