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
    doc: 'WebSocket connections at a time; further ones get 503, unless somebody who has not logged in can make room.',
    default: 2000,
    minimum: 1,
  }),
  max_anonymous: option.integer({
    doc: 'WebSocket connections at a time on which nobody has logged in; one more closes the oldest of them.',
    default: 1000,
    minimum: 1,
  }),
  max_anonymous_per_address: option.integer({
    doc: 'The same for one address.',
    default: 500,
    minimum: 1,
  }),
  login_timeout_ms: option.ms({
    doc: 'A connection on which nobody has logged in for so long is closed.',
    default: 60_000,
    minimum: 1,
  }),
});
