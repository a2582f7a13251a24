/** Whose program stands at the other end of a connection on this machine, as the kernel knows it. */
import { readFile } from 'node:fs/promises';

/** `unknown`: it is no connection of this machine, or not in this network namespace. */
export type Peer = 'ours' | 'another' | 'unknown';

/** Reads the kernel's list of TCP connections. @throws never; what cannot be read is empty. */
export type ReadConnections = () => Promise<string>;

const ESTABLISHED = '01';

/** A connection as it is seen from its client's end. */
export interface Connection {
  readonly clientPort: number;
  readonly serverPort: number;
}

/**
 * Only the numbers of the ports are compared: the same address is spelt in several ways, and with IPv6 in more. Should two
 * connections fit, both have to be ours.
 */
export async function peerOf(
  { clientPort, serverPort }: Connection,
  uid: number,
  read: ReadConnections = readConnections,
): Promise<Peer> {
  const uids = (await read()).split('\n').flatMap((line) => {
    const [, local = '', remote = '', state, , , , owner = ''] = line.trim().split(/\s+/);
    const fits = portOf(local) === clientPort && portOf(remote) === serverPort && state === ESTABLISHED;
    return fits ? [Number(owner)] : [];
  });
  if (uids.length === 0) return 'unknown';
  return uids.every((each) => each === uid) ? 'ours' : 'another';
}

/** The port of `127.0.0.1:554` or `[::1]:554`; 0 when there is none. */
export function portOfAddress(address: string): number {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
}

/** Of `0100007F:487A`, as proc(5) spells it. */
function portOf(address: string): number {
  return Number.parseInt(address.slice(address.indexOf(':') + 1), 16);
}

async function readConnections(): Promise<string> {
  const lists = ['tcp', 'tcp6'].map((name) => readFile(`/proc/self/net/${name}`, 'latin1').catch(() => ''));
  return (await Promise.all(lists)).join('\n');
}
