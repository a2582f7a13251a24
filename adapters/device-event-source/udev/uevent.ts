/** What a message on the uevent socket says. Nothing in it is trusted: it only tells when to look. */
export interface Uevent {
  readonly action: string;
  readonly subsystem: string;
  /** Who speaks: the kernel, or a udev daemon that has done its work on the device. */
  readonly origin: 'kernel' | 'udev';
}

const UDEV_PREFIX = 'libudev\0';
const UDEV_MAGIC = 0xfeedcafe;
const UDEV_HEADER_BYTES = 24;

/** @returns `undefined` for a message that is not one. */
export function parseUevent(message: Buffer): Uevent | undefined {
  if (message.toString('latin1', 0, UDEV_PREFIX.length) === UDEV_PREFIX) return parseUdev(message);
  const end = message.indexOf(0);
  // The kernel starts with `add@/devices/…`.
  if (end < 0 || !/^[a-z]+@\//.test(message.toString('latin1', 0, end))) return undefined;
  return fromProperties(message.subarray(end + 1), 'kernel');
}

/** Prefix, magic in network order, then in the machine's order: size of the header, offset and length of the properties. */
function parseUdev(message: Buffer): Uevent | undefined {
  if (message.length < UDEV_HEADER_BYTES || message.readUInt32BE(8) !== UDEV_MAGIC) return undefined;
  const start = message.readUInt32LE(16);
  const end = start + message.readUInt32LE(20);
  if (start < UDEV_HEADER_BYTES || end > message.length) return undefined;
  return fromProperties(message.subarray(start, end), 'udev');
}

function fromProperties(bytes: Buffer, origin: Uevent['origin']): Uevent | undefined {
  const text = bytes.toString('latin1');
  const action = property(text, 'ACTION');
  const subsystem = property(text, 'SUBSYSTEM');
  return action === undefined || subsystem === undefined ? undefined : { action, subsystem, origin };
}

function property(text: string, name: string): string | undefined {
  const at = text.startsWith(`${name}=`) ? 0 : text.indexOf(`\0${name}=`) + 1;
  if (at === 0 && !text.startsWith(`${name}=`)) return undefined;
  const from = at + name.length + 1;
  const end = text.indexOf('\0', from);
  return text.slice(from, end < 0 ? undefined : end);
}
