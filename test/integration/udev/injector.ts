/** Uevents made by a test: the kernel hands them on to every listener of the network namespace, as its own. */
import { loadLibc } from '../../../adapters/_shared/v4l2/libc.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_KOBJECT_UEVENT = 15;
const HEADER_BYTES = 16;
const NLM_F_REQUEST = 1;
/** The first type that is not for control. */
const NLMSG_MIN_TYPE = 0x10;

export interface Injector {
  /** An event as the kernel spells it. */
  send(action: string, devpath: string, properties: Readonly<Record<string, string>>): void;
  /** Any bytes. */
  sendRaw(body: Buffer): void;
  close(): void;
}

/** Needs to be root, or root of a user namespace that owns the network namespace. */
export async function openInjector(): Promise<Injector> {
  const libc = await loadLibc();
  const { value: fd } = libc.socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
  const kernel = Buffer.alloc(12);
  kernel.writeUInt16LE(AF_NETLINK, 0);
  const sendRaw = (body: Buffer): void => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(HEADER_BYTES + body.length, 0);
    header.writeUInt16LE(NLMSG_MIN_TYPE, 4);
    header.writeUInt16LE(NLM_F_REQUEST, 6);
    const { value, errno } = libc.send(fd, Buffer.concat([header, body]), kernel);
    if (value < 0) throw new Error(`sendto: errno ${String(errno)}`);
  };
  return {
    sendRaw,
    send(action, devpath, properties) {
      const lines = Object.entries({ ACTION: action, DEVPATH: devpath, ...properties });
      const text = [`${action}@${devpath}`, ...lines.map(([name, value]) => `${name}=${value}`)];
      sendRaw(Buffer.from(`${text.join('\0')}\0`));
    },
    close() {
      libc.close(fd);
    },
  };
}
