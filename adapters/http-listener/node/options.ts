/** Options of the listener, their defaults and their limits. */
import { MAX_CREDENTIAL_LENGTH } from '../../../ports/auth-provider.js';
import { PortError } from '../../../ports/port-error.js';
import { FORWARDED_HEADERS } from '../../_shared/forwarded.js';
import {
  option,
  options,
  withDefaults,
  type CamelCased,
  type Option,
  type OptionValue,
} from '../../../ports/options.js';

/** What clients and proxies send besides a credential: cookies, user agents, forwarding headers. */
const USUAL_HEADERS_BYTES = 4096;
const LEAST_HEADER_BYTES = MAX_CREDENTIAL_LENGTH + USUAL_HEADERS_BYTES;
const HEADER_RULE = `${String(LEAST_HEADER_BYTES)} or more, so that a credential of ${String(MAX_CREDENTIAL_LENGTH)} characters (MAX_CREDENTIAL_LENGTH) fits`;

const MAX_HEADER_BYTES: Option<number> = {
  ...option.bytes({
    doc: 'Maximum size of the headers of a request in bytes.',
    default: 16_384,
    minimum: LEAST_HEADER_BYTES,
  }),
  'x-rule': HEADER_RULE,
};

/** The two listeners of the service differ in where they listen and in nothing else. */
const shared = {
  allowed_origins: option.list(
    option.text({
      doc: 'An origin.',
      pattern: '^([*]|null|[a-z][a-z0-9+.-]*://[^\\s/?#@]+)$',
      rule: '"*", or an origin such as https://console.example:8443, without a path',
    }),
    {
      doc: 'Additional origins, such as https://console.example, whose pages may connect. "*" allows all pages.',
      default: [],
    },
  ),
  headers_timeout_ms: option.ms({
    doc: 'Maximum time for receiving the headers of a request.',
    default: 10_000,
    minimum: 1,
  }),
  request_timeout_ms: option.ms({
    doc: 'Maximum time for receiving a whole request.',
    default: 60_000,
    minimum: 1,
  }),
  keep_alive_timeout_ms: option.ms({
    doc: 'Time for which an idle connection is kept open.',
    default: 10_000,
    minimum: 1,
  }),
  stall_timeout_ms: option.ms({
    doc: 'Time without any data after which a connection is closed.',
    default: 60_000,
    minimum: 1,
  }),
  max_header_bytes: MAX_HEADER_BYTES,
  max_connections: option.integer({
    doc: 'Maximum number of concurrent connections, including WebSockets; further connections are closed immediately.',
    default: 4000,
    minimum: 1,
  }),
  max_waiting_per_address: option.integer({
    doc: 'Maximum number of connections from one address on which no request is in progress; beyond it, the oldest of them is closed.',
    default: 2000,
    minimum: 1,
  }),
  trusted_proxies: option.list(
    option.text({
      doc: 'An IP address or a network.',
      pattern: '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$',
      rule: 'an IP address or a network such as 10.0.0.0/8 or fd00::/8',
    }),
    {
      doc: 'Addresses and networks of the proxies whose X-Forwarded-For, -Proto, -Host and -Prefix and Forwarded headers are trusted. Empty: these headers are ignored.',
      default: [],
    },
  ),
  forwarded_headers: option.choice(FORWARDED_HEADERS, {
    doc: 'Which headers of trusted proxies are evaluated: Forwarded, X-Forwarded-For and its companions, or either. Set the kind that your proxies write if they pass on the other kind as the client sent it. With "either", a request that contains both kinds is trusted only where they agree.',
    default: 'either',
  }),
  public_url: option.text({
    doc: 'URL at which clients reach this listener, such as https://cam.example/cams, if it differs from the one in their requests. Links are built from this URL, and requests are accepted with or without its path.',
    default: '',
    pattern: '^(https?://[^\\s/?#@]+(/[^\\s?#]*)?)?$',
    rule: 'empty, or a URL such as https://cam.example/cams, without credentials or a query',
  }),
};

export const SERVER_OPTIONS = options({
  host: option.text({ doc: 'Address on which the API listens.', default: '0.0.0.0', minLength: 1 }),
  port: option.port({ doc: 'Port for the API. 0: any free port.', default: 8002 }),
  ...shared,
});

export const HEALTH_OPTIONS = options({
  host: option.text({
    doc: 'Address on which health and metrics listen. They require no credentials, so keep the address private.',
    default: '127.0.0.1',
    minLength: 1,
  }),
  port: option.port({ doc: 'Port for health and metrics. 0: any free port.', default: 8003 }),
  ...shared,
});

type Declared = CamelCased<OptionValue<typeof SERVER_OPTIONS>>;

export interface NodeHttpListenerOptions extends Partial<Declared> {
  /** Configuration key of the port, for the error that says it is taken. */
  readonly key?: string;
}

export type Settings = Declared & { readonly key: string };

/** @throws PortError `OPTION_INVALID`. */
export function settingsOf({ key = 'server.port', ...given }: NodeHttpListenerOptions): Settings {
  const settings = withDefaults(SERVER_OPTIONS, given);
  if (!Number.isInteger(settings.port) || settings.port < 0 || settings.port > 65_535) {
    const [option, rule] = ['port', 'a whole number from 0 to 65535'];
    throw new PortError('OPTION_INVALID', { message: `${option} must be ${rule}`, detail: { option, rule } });
  }
  if (settings.maxHeaderBytes < LEAST_HEADER_BYTES) {
    const [option, rule] = ['maxHeaderBytes', HEADER_RULE];
    throw new PortError('OPTION_INVALID', {
      message: `max_header_bytes must be ${rule}`,
      detail: { option, rule },
    });
  }
  return { ...settings, publicUrl: settings.publicUrl.replace(/\/$/, ''), key };
}
