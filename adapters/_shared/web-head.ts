/** What the head of a request may say, the same for every listener. */
import type { Headers } from './web-request.js';
import { authorityOf, single } from './web-request.js';

/**
 * What is wrong with the `Host` of a request (RFC 9112 §3.2); undefined when nothing is.
 * @param hosts the values of all its `Host` headers. Before HTTP/1.1 there may be none.
 */
export function hostFault(hosts: readonly string[], httpVersion = '1.1'): string | undefined {
  const [host] = hosts;
  if (hosts.length > 1) return 'a request must have exactly one Host header';
  if (host === undefined) return httpVersion === '1.0' ? undefined : 'a request must have a Host header';
  // Empty when the target has no authority.
  const isHost = host.trim() === '' || URL.canParse(`http://${authorityOf(host) ?? '?'}`);
  return isHost ? undefined : 'Host must be a host name or an address, optionally with a port';
}

export interface RequestHead {
  readonly method: string;
  readonly headers: Headers;
  readonly httpVersion?: string;
}

/** A WebSocket handshake as far as HTTP goes: a GET of HTTP/1.1 without a body that offers this protocol among others. */
export function isHandshake({ method, headers, httpVersion = '1.1' }: RequestHead): boolean {
  const offered = (single(headers['upgrade']) ?? '').split(',').map((one) => one.trim().toLowerCase());
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  return method === 'GET' && httpVersion === '1.1' && !hasBody && offered.includes('websocket');
}
