const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const FIELD = /^[\da-f]{1,4}$/;
const NETWORK_FIELDS = 4;
const ALL_FIELDS = 8;

/**
 * The group of addresses that count as one: an IPv4 address, or an IPv6 /64 network, because a single machine can use any number of
 * addresses in it. Any other text is its own group.
 */
export function addressGroup(address: string): string {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const fields = ipv6Fields(address);
  return fields === undefined ? address : `${fields.slice(0, NETWORK_FIELDS).join(':')}::/64`;
}

/**
 * The name of the transport in an address of a client that has no IP address (see `Peer.address`). Such addresses may be as many as a
 * client likes, so what they all use together is limited, too. @returns undefined for an IP address.
 */
export function addressRealm(address: string): string | undefined {
  if (IPV4.test(address) || ipv6Fields(address) !== undefined) return undefined;
  return address.split(':', 1)[0];
}

/** The fields of an IPv6 address in full, without leading zeros and without its zone; undefined if it is none (RFC 4291 §2.2). */
function ipv6Fields(address: string): readonly string[] | undefined {
  const [withoutZone = ''] = address.toLowerCase().split('%', 1);
  const halves = withoutZone.split('::', 3);
  if (halves.length > 2 || !address.includes(':')) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':', ALL_FIELDS + 1)));
  const last = (tail ?? head).pop();
  const end = last === undefined ? [] : IPV4.test(last) ? ['0', '0'] : [last];
  const known = head.length + (tail?.length ?? 0) + end.length;
  if (tail === undefined ? known !== ALL_FIELDS : known >= ALL_FIELDS) return undefined;
  const between = Array<string>(ALL_FIELDS - known).fill('0');
  const fields = tail === undefined ? [...head, ...end] : [...head, ...between, ...tail, ...end];
  return fields.every((field) => FIELD.test(field)) ? fields.map(withoutZeros) : undefined;
}

function withoutZeros(field: string): string {
  return field.replace(/^0+(?=.)/, '');
}
