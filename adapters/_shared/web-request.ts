/** What several HTTP adapters read from a request in the same way. */

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const HOST = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?$/;

/** The Bearer token or API key of a request. */
export function credentialOf(headers: Headers): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(single(headers['authorization']) ?? '');
  if (bearer?.[1] !== undefined) return bearer[1];
  const key = single(headers['x-api-key'])?.trim();
  return key === undefined || key === '' ? undefined : key;
}

/** The name by which the client reached us, without port; an IPv6 address keeps its brackets, as URLs need them. */
export function hostOf(headers: Headers): string | undefined {
  return HOST.exec(single(headers['host']) ?? '')?.[1];
}

/** A URL for people: an address that means "every interface" is shown as this machine. */
export function urlOf(
  scheme: 'http' | 'ws',
  address: { readonly host: string; readonly port: number },
  path: string,
): string {
  const wildcard = address.host === '0.0.0.0' || address.host === '::' || address.host === '';
  const host = wildcard ? 'localhost' : address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${scheme}://${host}:${String(address.port)}${path}`;
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
