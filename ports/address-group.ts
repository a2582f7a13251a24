const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
const NETWORK_FIELDS = 4;

/**
 * What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, in which one machine has as many addresses as it
 * likes. Other texts stand for themselves.
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
