/** Settings of the two HTTP listeners; they differ in where they listen and in nothing else. */
const shared = {
  allowed_origins: {
    doc: 'Origins (such as https://console.example) whose pages may connect besides our own. "*" allows every page.',
    format: Array,
    default: [] as string[],
  },
  headers_timeout_ms: {
    doc: 'Time within which the head of a request must have arrived.',
    format: 'nat',
    default: 10_000,
  },
  request_timeout_ms: {
    doc: 'Time within which a whole request must have arrived.',
    format: 'nat',
    default: 60_000,
  },
  keep_alive_timeout_ms: {
    doc: 'How long an unused connection is kept open.',
    format: 'nat',
    default: 10_000,
  },
  stall_timeout_ms: {
    doc: 'A connection on which nothing moves for so long is closed.',
    format: 'nat',
    default: 60_000,
  },
  max_header_bytes: {
    doc: 'Longest head of a request.',
    format: 'nat',
    default: 16_384,
  },
  max_connections: {
    doc: 'Connections at a time, WebSockets included; further ones are closed at once.',
    format: 'nat',
    default: 4000,
  },
};

export const serverSection = {
  host: { doc: 'Address on which the API listens.', format: String, default: '0.0.0.0' },
  port: { doc: 'Port of the API; 0 takes any free port.', format: 'port', default: 8002 },
  ...shared,
};

export const healthSection = {
  host: {
    doc: 'Address on which health and metrics listen. They ask for no credentials, so keep it private.',
    format: String,
    default: '127.0.0.1',
  },
  port: { doc: 'Port of health and metrics; 0 takes any free port.', format: 'port', default: 8003 },
  ...shared,
};
