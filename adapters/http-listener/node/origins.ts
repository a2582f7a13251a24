/** Which browser pages may talk to us: same host, or named in the configuration. */
import type { IncomingHttpHeaders } from 'node:http';

export class Origins {
  readonly #allowed: ReadonlySet<string>;

  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed.map((origin) => origin.toLowerCase().replace(/\/$/, '')));
  }

  /** No `Origin` means no browser page: programs, players, command-line tools. */
  allows(headers: IncomingHttpHeaders): boolean {
    const origin = headers.origin;
    if (origin === undefined) return true;
    return this.#isListed(origin) || hostOfOrigin(origin) === headers.host?.toLowerCase();
  }

  /** Headers that let a listed page of another origin read the answer; empty for all others. */
  responseHeaders(headers: IncomingHttpHeaders): Record<string, string> {
    const origin = headers.origin;
    if (origin === undefined || !this.#isListed(origin)) return {};
    return {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'Content-Disposition, Content-Range, ETag, Retry-After',
      vary: 'Origin',
    };
  }

  preflightHeaders(headers: IncomingHttpHeaders): Record<string, string> {
    const allowed = this.responseHeaders(headers);
    if (allowed['access-control-allow-origin'] === undefined) return {};
    return {
      ...allowed,
      'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
      'access-control-allow-headers':
        'Authorization, Content-Type, If-Match, If-None-Match, Range, X-API-Key',
      'access-control-max-age': '600',
    };
  }

  #isListed(origin: string): boolean {
    return this.#allowed.has('*') || this.#allowed.has(origin.toLowerCase());
  }
}

function hostOfOrigin(origin: string): string | undefined {
  const host = /^https?:\/\/([^/?#@]+)$/i.exec(origin)?.[1];
  return host?.toLowerCase();
}
