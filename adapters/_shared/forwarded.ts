/** Which client is behind a connection: the peer itself, or the one that trusted proxies name (RFC 7239 and `X-Forwarded-*`). */
import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';
import type { HttpClient } from '../../ports/http-listener.js';
import { PortError } from '../../ports/port-error.js';
import {
  addressOf,
  at,
  listOf,
  parseForwarded,
  prefixOf,
  schemeOf,
  type Scheme,
} from './forwarded-headers.js';
import { authorityOf, single, type Headers } from './web-request.js';

export type Trust = (address: string) => boolean;

/** Kinds of headers by which proxies tell of their clients: the standard one, the customary ones, or whichever is there. */
export const FORWARDED_HEADERS = ['either', 'forwarded', 'x-forwarded'] as const;

/** Whose headers are believed, and which. */
export interface Forwarding {
  readonly trusts: Trust;
  readonly believes?: (typeof FORWARDED_HEADERS)[number];
  /** Hears of a request in which the two kinds of headers name different clients. */
  readonly onMismatch?: (peer: string) => void;
}

/** What is known of a client. Without a scheme nobody has told whether TLS ends before us. */
export interface ClientFacts {
  readonly address: string;
  readonly scheme?: Scheme;
  /** Host name and port as in a URL. */
  readonly host?: string;
  /** Path that a proxy has taken off; empty or with a slash in front. */
  readonly prefix: string;
}

/** @param ranges addresses and networks, such as `10.0.0.0/8` or `fd00::/8`. @throws PortError `OPTION_INVALID`. */
export function trustOf(ranges: readonly string[]): Trust {
  for (const [index, range] of ranges.entries()) requireRange(range, index);
  return proxyAddr.compile([...ranges]) as Trust;
}

/** @param peer address of the other end of the connection. */
export function clientFacts(peer: string, headers: Headers, forwarding: Forwarding): ClientFacts {
  const { trusts, believes = 'either' } = forwarding;
  const host = authorityOf(single(headers['host']));
  const direct: ClientFacts = { address: peer, prefix: '', ...(host === undefined ? {} : { host }) };
  if (!trusts(peer)) return direct;
  const standard = believes === 'x-forwarded' ? undefined : standardTale(peer, headers, trusts);
  const customary = believes === 'forwarded' ? undefined : customaryTale(peer, headers, trusts);
  if (standard === undefined || customary === undefined) return { ...direct, ...(standard ?? customary) };
  const agreed = bothSay(standard, customary);
  if (agreed === undefined) forwarding.onMismatch?.(peer);
  return { ...direct, ...agreed };
}

/**
 * A proxy writes one kind of header and may pass on the other as the client wrote it. Which one it writes is not known here, so only
 * that counts which both kinds say, and nothing when they name different clients.
 */
function bothSay(standard: ClientFacts, customary: ClientFacts): ClientFacts | undefined {
  if (standard.address !== customary.address) return undefined;
  return facts(standard.address, {
    scheme: standard.scheme === customary.scheme ? standard.scheme : undefined,
    host: standard.host === customary.host ? standard.host : undefined,
  });
}

/** @param publicUrl configured; stronger than the URL under which this client found us. Empty when there is none. */
export function httpClient(facts: ClientFacts, publicUrl = ''): HttpClient {
  const { address } = facts;
  const baseUrl = publicUrl === '' ? baseUrlOf(facts) : publicUrl;
  return baseUrl === undefined ? { address } : { address, baseUrl };
}

/** IPv4 clients of a dual-stack socket keep their familiar form. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

function baseUrlOf({ scheme, host, prefix }: ClientFacts): string | undefined {
  const origin = `${scheme ?? 'http'}://${host ?? ''}`;
  return host === undefined || !URL.canParse(origin) ? undefined : `${new URL(origin).origin}${prefix}`;
}

/** By `Forwarded`. */
function standardTale(peer: string, headers: Headers, trusts: Trust): ClientFacts | undefined {
  const elements = parseForwarded(single(headers['forwarded']) ?? '');
  if (elements.length === 0) return undefined;
  const { address, hops } = walk(peer, { nodes: elements.map((element) => element.address), trusts });
  const ours = elements.slice(elements.length - hops);
  return facts(address, {
    scheme: ours.find((element) => element.scheme)?.scheme,
    host: ours.find((element) => element.host)?.host,
  });
}

/** By `X-Forwarded-For` and its companions, which have one entry for each proxy, or one for all. */
function customaryTale(peer: string, headers: Headers, trusts: Trust): ClientFacts | undefined {
  const [nodes, protos, hosts, prefixes] = ['for', 'proto', 'host', 'prefix'].map((name) =>
    listOf(single(headers[`x-forwarded-${name}`])),
  ) as [string[], string[], string[], string[]];
  if (nodes.length + protos.length + hosts.length + prefixes.length === 0) return undefined;
  const { address, hops } = walk(peer, { nodes: nodes.map(addressOf), trusts });
  return facts(address, {
    scheme: schemeOf(at(protos, hops)),
    host: authorityOf(at(hosts, hops)),
    prefix: prefixOf(at(prefixes, hops)),
  });
}

/**
 * Goes from the right, where the nearest proxy wrote, as long as the one who wrote is trusted: what stands further left may be the
 * client's own invention.
 */
function walk(
  peer: string,
  { nodes, trusts }: { readonly nodes: readonly (string | undefined)[]; readonly trusts: Trust },
): { readonly address: string; readonly hops: number } {
  let address = peer;
  let hops = 0;
  while (hops < nodes.length && trusts(address)) {
    const node = nodes[nodes.length - 1 - hops];
    hops += 1;
    // Hidden on purpose, or not an address: the proxy that wrote it is the best that is known.
    if (node === undefined) break;
    address = node;
  }
  return { address, hops };
}

interface Told {
  readonly scheme: Scheme | undefined;
  readonly host: string | undefined;
  readonly prefix?: string;
}

function facts(address: string, { scheme, host, prefix = '' }: Told): ClientFacts {
  return {
    address,
    prefix,
    ...(scheme === undefined ? {} : { scheme }),
    ...(host === undefined ? {} : { host }),
  };
}

function requireRange(range: unknown, index: number): void {
  const [address = '', bits, ...more] = String(range).split('/');
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const isGood =
    most > 0 &&
    !address.includes('%') &&
    more.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most));
  if (isGood) return;
  const rule = 'an IP address or a network such as 10.0.0.0/8 or fd00::/8';
  const option = `trustedProxies[${String(index)}]`;
  throw new PortError('OPTION_INVALID', {
    message: `trusted_proxies, entry ${String(index + 1)}: ${JSON.stringify(range)} must be ${rule}`,
    detail: { option, rule },
  });
}
