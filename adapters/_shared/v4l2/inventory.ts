import { access, constants, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceDescriptor } from '../../../ports/device-event-source.js';
import { canTell, describeNode } from './sysfs.js';
import type { NodeFacts } from './sysfs.js';

/** Where to look. */
export interface InventoryOptions {
  /** Folder of the device nodes. */
  readonly directory: string;
  /** Root of sysfs. */
  readonly sysfs: string;
}

/** A device as it is now. */
export interface Present {
  readonly source: SourceDescriptor;
  /** Changes when the node was made anew: another device may have taken the name. */
  readonly generation: string;
  /** False while this process may not open it; udev gives the permission some 100 ms after the node. */
  readonly permitted: boolean;
  /** False for a further node of a USB camera that stands alone: its first node is not there, or is just going. */
  readonly leads: boolean;
}

interface Node extends Pick<Present, 'generation' | 'permitted'> {
  readonly node: string;
  readonly facts: NodeFacts;
  /** Sysfs has such a device. */
  readonly isKnown: boolean;
}

const VIDEO_NODE = /^video\d+$/;

/** True for the name of a node that can be a camera. */
export function isVideoNode(name: string): boolean {
  return VIDEO_NODE.test(name);
}

/**
 * All devices that are there now, one for each USB camera whatever the number of its nodes.
 * @throws the error of `readdir` when the folder cannot be read.
 */
export async function takeInventory(options: InventoryOptions): Promise<readonly Present[]> {
  const names = (await readdir(options.directory)).filter(isVideoNode);
  if (names.length === 0) return [];
  // All at once: each reading is a journey to another thread, and a camera is announced after the last of them.
  const [isComplete, found] = await Promise.all([
    canTell(options.sysfs),
    Promise.all(names.map((name) => inspect(options, name))),
  ]);
  // A container's static node stays when the camera is pulled; sysfs knows better.
  const there = found.filter((node) => node !== undefined).filter((node) => node.isKnown || !isComplete);
  const groups = new Map<string, Node[]>();
  for (const node of there.sort(byPosition)) {
    const key = node.facts.group ?? node.node;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  }
  return [...groups.values()].flatMap((nodes) => asPresent(options, nodes));
}

async function inspect(options: InventoryOptions, node: string): Promise<Node | undefined> {
  const path = join(options.directory, node);
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  const numbers = status.isCharacterDevice()
    ? { major: (status.rdev >> 8) & 0xfff, minor: (status.rdev & 0xff) | ((status.rdev >> 12) & 0xfff00) }
    : undefined;
  const [facts, permitted] = await Promise.all([
    describeNode(options.sysfs, node, numbers),
    access(path, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    ),
  ]);
  return {
    node,
    isKnown: facts !== undefined,
    facts: facts ?? { name: '', hints: {}, index: 0 },
    generation: `${String(status.ino)}:${String(status.birthtimeMs)}`,
    permitted,
  };
}

function byPosition(a: Node, b: Node): number {
  return a.facts.index - b.facts.index || Number(a.node.slice(5)) - Number(b.node.slice(5));
}

function asPresent(options: InventoryOptions, nodes: readonly Node[]): readonly Present[] {
  const [head, ...others] = nodes;
  if (head === undefined) return [];
  const locator = join(options.directory, head.node);
  const source: SourceDescriptor = {
    key: `v4l2:${locator}`,
    kind: 'v4l2',
    locator,
    name: head.facts.name || head.node,
    hints: head.facts.hints,
    ...(others.length === 0 ? {} : { siblings: others.map((o) => join(options.directory, o.node)) }),
  };
  const leads = head.facts.group === undefined || head.facts.index === 0;
  return [{ source, generation: head.generation, permitted: head.permitted, leads }];
}
