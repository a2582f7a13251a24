/** Settings of the WebSocket transport. Limits of messages and queues are the service's, not the transport's. */
export const wsJsonRpcSection = {
  path: { doc: 'Path of WebSocket connections.', format: String, default: '/ws' },
  heartbeat_ms: {
    doc: 'Pause between two pings; a client that leaves one unanswered for so long is disconnected.',
    format: 'nat',
    default: 30_000,
  },
  max_sockets: {
    doc: 'WebSocket connections at a time; further ones get 503.',
    format: 'nat',
    default: 2000,
  },
};
