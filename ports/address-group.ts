const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
const NETWORK_FIELDS = 4;

/**
 * The group of addresses that count as one: an IPv4 address, or an IPv6 /64 network, because a single machine can use any number of
 * addresses in it. Any other text is its own group.
 */
export function addressGroup(address: string): string {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [withoutZone = ''] = address.split('%');
  const [head = '', tail] = withoutZone.toLowerCase().split('::');
  const fields = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    while (fields.length + after < 8) fields.push('0');
    fields.push(...(tail === '' ? [] : tail.split(':')));
  }
  const network = fields.slice(0, NETWORK_FIELDS).map((field) => field.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
