/** Options of the WebSocket transport. Limits of messages and queues are the service's, not the transport's. */
import { option, options } from '../../../ports/options.js';

export const WS_JSONRPC_OPTIONS = options({
  path: option.text({
    doc: 'Path of WebSocket connections.',
    default: '/ws',
    pattern: '^/[^?#\\s]*$',
    rule: 'a path that starts with "/"',
  }),
  heartbeat_ms: option.ms({
    doc: 'Pause between two pings; a client that leaves one unanswered for so long is disconnected.',
    default: 30_000,
    minimum: 1,
  }),
  max_sockets: option.integer({
    doc: 'WebSocket connections at a time; further ones get 503.',
    default: 2000,
    minimum: 1,
  }),
});
