/** What several HTTP adapters read from a request in the same way. */

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const HOST = /^(?:\[[\dA-Fa-f:.]{2,45}\]|[\w.-]{1,253})(?::\d{1,5})?$/;

/** The Bearer token or API key of a request. */
export function credentialOf(headers: Headers): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(single(headers['authorization']) ?? '');
  if (bearer?.[1] !== undefined) return bearer[1];
  const key = single(headers['x-api-key'])?.trim();
  return key === undefined || key === '' ? undefined : key;
}

/** Host and port as in a URL; undefined for what is neither. */
export function authorityOf(text: string | undefined): string | undefined {
  const authority = text?.trim() ?? '';
  return HOST.test(authority) ? authority : undefined;
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

export function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}
