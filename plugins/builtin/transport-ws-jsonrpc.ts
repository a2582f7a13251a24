/** JSON-RPC over WebSocket on the API listener. */
import { createWsJsonRpcTransport } from '../../adapters/transport/ws-jsonrpc/ws-jsonrpc-transport.js';
import { WS_JSONRPC_OPTIONS } from '../../adapters/transport/ws-jsonrpc/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'transport-ws-jsonrpc',
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', 'ws-jsonrpc', {
      options: WS_JSONRPC_OPTIONS,
      section: 'ws_jsonrpc',
      create: ({ config, listeners, log, clock }) =>
        createWsJsonRpcTransport(camelCased(config), { listener: listeners.api, log, clock }),
    });
  },
});
