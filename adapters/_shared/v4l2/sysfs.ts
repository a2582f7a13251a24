import { readFile, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { IdentityHints } from '../../../ports/device-event-source.js';

/** What sysfs tells about one V4L2 node. */
export interface NodeFacts {
  readonly name: string;
  readonly hints: IdentityHints;
  /** Position among the nodes of one parent; the node that captures comes first. */
  readonly index: number;
  /** The same for all nodes of one USB video function; absent where nodes do not belong together. */
  readonly group?: string;
}

/** A device node whose numbers are known is looked up by them: inside a container its name may be another one. */
export interface NodeNumbers {
  readonly major: number;
  readonly minor: number;
}

const NO_FACTS: NodeFacts = { name: '', hints: {}, index: 0 };

/** True when this sysfs can say whether a V4L2 device exists. */
export async function canTell(sysfs: string): Promise<boolean> {
  return (await list(join(sysfs, 'class'))).length > 0;
}

/** What is known about a node, or `undefined` when sysfs has no such device. */
export async function describeNode(
  sysfs: string,
  node: string,
  numbers?: NodeNumbers,
): Promise<NodeFacts | undefined> {
  const home = await findHome(sysfs, node, numbers);
  if (home === undefined) return undefined;
  const facts = await factsOf(home);
  // What is read while a device goes is half of the truth. Its own attributes go before those of the USB device it belongs to.
  const isThere = (await attribute(home, 'index')) !== '';
  return isThere ? facts : undefined;
}

async function factsOf(home: string): Promise<NodeFacts> {
  const [name, index, parent] = await Promise.all([
    attribute(home, 'name'),
    attribute(home, 'index'),
    resolve(join(home, 'device')),
  ]);
  const facts = { ...NO_FACTS, name: withoutEcho(name), index: Number.parseInt(index || '0', 10) || 0 };
  if (parent === undefined) return facts;
  const usb = await describeUsb(parent);
  if (usb !== undefined) return { ...facts, ...usb, name: usb.name || facts.name };
  // Several devices of one driver may share parent and index; their names differ.
  const portPath = ['platform', basename(parent), facts.name, String(facts.index)].join('-');
  return { ...facts, hints: { portPath } };
}

async function findHome(sysfs: string, node: string, numbers?: NodeNumbers): Promise<string | undefined> {
  if (numbers !== undefined) {
    const byNumber = await resolve(
      join(sysfs, 'dev/char', `${String(numbers.major)}:${String(numbers.minor)}`),
    );
    if (byNumber !== undefined) return byNumber;
  }
  return resolve(join(sysfs, 'class/video4linux', node));
}

/** @param parent folder of the USB interface that the node belongs to, such as `…/usb1/1-2/1-2:1.0`. */
async function describeUsb(parent: string): Promise<Omit<NodeFacts, 'index'> | undefined> {
  const device = dirname(parent);
  const [vendorId, productId, serial, product, place] = await Promise.all([
    attribute(device, 'idVendor'),
    attribute(device, 'idProduct'),
    attribute(device, 'serial'),
    attribute(device, 'product'),
    usbPort(device),
  ]);
  if (vendorId === '' || productId === '') return undefined;
  const usbInterface = interfaceOf(basename(parent));
  const hints: IdentityHints = {
    vendorId,
    productId,
    portPath: usbInterface === undefined ? place : `${place}:${usbInterface}`,
    ...(serial === '' ? {} : { serial }),
    ...(usbInterface === undefined ? {} : { usbInterface }),
  };
  return { name: usbInterface === undefined ? product : '', hints, group: parent };
}

/** The port in the words of the driver's `bus_info`. */
async function usbPort(device: string): Promise<string> {
  const path = (await attribute(device, 'devpath')) || basename(device).replace(/^\d+-/, '');
  let controller = dirname(device);
  while (!/^usb\d+$/.test(basename(controller)) && controller !== dirname(controller))
    controller = dirname(controller);
  return `usb-${basename(dirname(controller))}-${path}`;
}

/** Tells a further camera inside one USB device from the first, such as the infrared one. @param folder such as `1-2:1.2`. */
function interfaceOf(folder: string): string | undefined {
  const found = /:(\d+\.\d+)$/.exec(folder)?.[1];
  return found === '1.0' ? undefined : found;
}

/** `X: X` is how uvcvideo spells a camera whose function has the name of the device. */
function withoutEcho(name: string): string {
  const cut = name.indexOf(': ');
  const [head, tail] = [name.slice(0, cut), name.slice(cut + 2)];
  return cut > 0 && tail !== '' && head.startsWith(tail) ? head : name;
}

async function attribute(folder: string, name: string): Promise<string> {
  return (await readFile(join(folder, name), 'utf8').catch(() => '')).trim();
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function resolve(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}
