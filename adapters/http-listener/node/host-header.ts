import type { IncomingMessage } from 'node:http';

/** Characters that no host name and no port have; a comma comes from two headers made into one. */
const FOREIGN = /[\s,/?#@\\]/;

/** What is wrong with the `Host` of a request (RFC 9112 §3.2); undefined when nothing is. */
export function hostFault({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined {
  const count = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
  if (count > 1) return 'a request has one Host header';
  if (count === 0) return httpVersion === '1.0' ? undefined : 'a request has a Host header';
  return FOREIGN.test(headers.host ?? '') ? 'Host is a host name or address, and a port' : undefined;
}
