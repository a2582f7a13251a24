/** Options of the listener, their defaults and their limits. */
import { PortError } from '../../../ports/port-error.js';

export interface NodeHttpListenerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Configuration key of the port, for the error that says it is taken. */
  readonly key?: string;
  /** Origins (`https://console.example`) whose pages may connect besides our own; `*` allows every page. */
  readonly allowedOrigins?: readonly string[];
  /** Addresses and networks of proxies whose forwarding headers are believed. */
  readonly trustedProxies?: readonly string[];
  /** URL under which clients reach this listener, when that is not the one they name; its path prefix may be on requests or not. */
  readonly publicUrl?: string;
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly keepAliveTimeoutMs?: number;
  /** A connection on which nothing moves for so long is closed. */
  readonly stallTimeoutMs?: number;
  readonly maxHeaderBytes?: number;
  readonly maxConnections?: number;
  /** Connections of one address that wait for a request or have sent none; one more closes the oldest of them. */
  readonly maxWaitingPerAddress?: number;
}

const DEFAULTS = {
  key: 'server.port',
  allowedOrigins: [] as readonly string[],
  trustedProxies: [] as readonly string[],
  publicUrl: '',
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 10_000,
  stallTimeoutMs: 60_000,
  maxHeaderBytes: 16_384,
  maxConnections: 4000,
  maxWaitingPerAddress: 2000,
};

export type Settings = typeof DEFAULTS & Required<Pick<NodeHttpListenerOptions, 'host' | 'port'>>;

/** @throws PortError `OPTION_INVALID`. */
export function checkedSettings(options: NodeHttpListenerOptions): Settings {
  const checked = { ...DEFAULTS, ...options };
  requireOption(checked.host !== '', 'host', 'a host name or address');
  requireOption(isWhole(checked.port) && checked.port <= 65_535, 'port', 'a whole number from 0 to 65535');
  for (const option of [
    'headersTimeoutMs',
    'requestTimeoutMs',
    'keepAliveTimeoutMs',
    'stallTimeoutMs',
    'maxHeaderBytes',
    'maxConnections',
    'maxWaitingPerAddress',
  ] as const) {
    requireOption(isWhole(checked[option]) && checked[option] > 0, option, 'a whole number above 0');
  }
  return { ...checked, publicUrl: checkedPublicUrl(checked.publicUrl) };
}

/** Without a slash at its end; empty when there is none. */
function checkedPublicUrl(text: string): string {
  if (text === '') return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === '';
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  requireOption(isPlain && isHttp, 'publicUrl', 'a URL such as https://cam.example/cams, without a query');
  const { origin, pathname } = new URL(text);
  return pathname.endsWith('/') ? `${origin}${pathname.slice(0, -1)}` : `${origin}${pathname}`;
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function requireOption(isGood: boolean, option: string, rule: string): void {
  if (isGood) return;
  throw new PortError('OPTION_INVALID', { message: `${option} must be ${rule}`, detail: { option, rule } });
}
