/** Which browser pages may talk to us: our own, and those named in the configuration. Origins are compared as URLs. */
import type { ClientFacts } from '../../_shared/forwarded.js';
import { PortError } from '../../../ports/port-error.js';

/** An origin is a scheme and an authority, and nothing behind them (RFC 6454 §6.2). */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@\\]+$/i;

export class Origins {
  readonly #allowed: ReadonlySet<string>;
  readonly #publicOrigin: string | undefined;

  /** @throws PortError `OPTION_INVALID`. */
  constructor(allowed: readonly string[], publicUrl?: string) {
    this.#allowed = new Set(allowed.map(checkedEntry));
    this.#publicOrigin = publicUrl === undefined ? undefined : canonical(new URL(publicUrl).origin);
  }

  /** No `Origin` means no browser page: programs, players, command-line tools. */
  allows(origin: string | undefined, client: ClientFacts): boolean {
    if (origin === undefined || this.#isListed(origin)) return true;
    const wanted = canonical(origin);
    return wanted !== undefined && (wanted === this.#publicOrigin || wanted === ownOrigin(wanted, client));
  }

  /** Headers that let a listed page of another origin read the answer; empty for all others. */
  responseHeaders(origin: string | undefined): Record<string, string> {
    if (origin === undefined || !this.#isListed(origin)) return {};
    return {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'Content-Disposition, Content-Range, ETag, Retry-After',
      vary: 'Origin',
    };
  }

  preflightHeaders(origin: string | undefined): Record<string, string> {
    const allowed = this.responseHeaders(origin);
    if (allowed['access-control-allow-origin'] === undefined) return {};
    return {
      ...allowed,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers':
        'Authorization, Content-Type, If-Match, If-None-Match, Range, X-API-Key',
      'access-control-max-age': '600',
    };
  }

  #isListed(origin: string): boolean {
    return this.#allowed.has('*') || this.#allowed.has(canonical(origin) ?? origin);
  }
}

/** The origin under which this client found us. Whether TLS ends before us is the page's word where nobody trusted has told. */
function ownOrigin(wanted: string, { scheme, host }: ClientFacts): string | undefined {
  const asked = /^https?(?=:)/.exec(wanted)?.[0];
  return asked === undefined || host === undefined ? undefined : canonical(`${scheme ?? asked}://${host}`);
}

/** One spelling for each origin: lower case, no default port, addresses in their short form. @returns undefined for no origin. */
function canonical(origin: string): string | undefined {
  if (!ORIGIN.test(origin) || !URL.canParse(origin)) return undefined;
  const { protocol, host } = new URL(origin);
  return `${protocol}//${host}`;
}

/** `null` is what pages in a sandbox send; who lists it knows. */
function checkedEntry(entry: string, index: number): string {
  if (entry === '*' || entry === 'null') return entry;
  const known = canonical(entry.endsWith('/') ? entry.slice(0, -1) : entry);
  if (known !== undefined) return known;
  const rule = 'an origin such as https://console.example, without a path; or *';
  throw new PortError('OPTION_INVALID', {
    message: `allowed_origins, entry ${String(index + 1)}: ${JSON.stringify(entry)} must be ${rule}`,
    detail: { option: `allowedOrigins[${String(index)}]`, rule },
  });
}
