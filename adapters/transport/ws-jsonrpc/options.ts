/** Options of the WebSocket transport. Limits of messages and queues are the service's, not the transport's. */
import { option, options } from '../../../ports/options.js';

export const WS_JSONRPC_OPTIONS = options({
  path: option.text({
    doc: 'Path for WebSocket connections.',
    default: '/ws',
    pattern: '^/[^?#\\s]*$',
    rule: 'a path that starts with "/"',
  }),
  heartbeat_ms: option.ms({
    doc: 'Interval between pings; a client that does not answer a ping within this time is disconnected.',
    default: 30_000,
    minimum: 1,
  }),
  max_sockets: option.integer({
    doc: 'Maximum number of concurrent WebSocket connections. Further connections are answered with 503, unless the service can close a connection without a login instead.',
    default: 2000,
    minimum: 1,
  }),
  max_anonymous: option.integer({
    doc: 'Maximum number of concurrent WebSocket connections without a login; beyond it, the oldest of them is closed.',
    default: 1000,
    minimum: 1,
  }),
  max_anonymous_per_address: option.integer({
    doc: 'Maximum number of concurrent WebSocket connections without a login from one address.',
    default: 500,
    minimum: 1,
  }),
  login_timeout_ms: option.ms({
    doc: 'Time without a login after which a connection is closed.',
    default: 60_000,
    minimum: 1,
  }),
});
