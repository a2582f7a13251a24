/** Folders that look like /dev and /sys of a machine with cameras, made of plain files. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeCamera {
  /** Node names, the capturing one first, such as `['video0', 'video1']`. */
  readonly nodes: readonly string[];
  /** Number of the USB port. */
  readonly port: number;
  readonly serial?: string;
  readonly vendorId?: string;
  readonly productId?: string;
  readonly product?: string;
  /** Number of the USB interface; 0 but for a further camera of the same device. */
  readonly usbInterface?: number;
}

export class FakeTree {
  private constructor(readonly root: string) {}

  static async create(): Promise<FakeTree> {
    const tree = new FakeTree(await mkdtemp(join(tmpdir(), 'v4l2-tree-')));
    await mkdir(tree.dev);
    await mkdir(join(tree.sys, 'class/mem'), { recursive: true });
    return tree;
  }

  get dev(): string {
    return join(this.root, 'dev');
  }

  get sys(): string {
    return join(this.root, 'sys');
  }

  async plug(camera: FakeCamera): Promise<void> {
    const device = this.#usbDevice(camera.port);
    const functionFolder = join(device, `1-${String(camera.port)}:1.${String(camera.usbInterface ?? 0)}`);
    await mkdir(functionFolder, { recursive: true });
    const attributes = {
      idVendor: camera.vendorId ?? '046d',
      idProduct: camera.productId ?? '0825',
      devpath: String(camera.port),
      product: camera.product ?? 'Lab Camera',
      ...(camera.serial === undefined ? {} : { serial: camera.serial }),
    };
    await writeAll(device, attributes);
    for (const [index, node] of camera.nodes.entries()) {
      await this.#register(node, functionFolder, { name: camera.product ?? 'Lab Camera', index });
    }
    for (const node of camera.nodes) await writeFile(join(this.dev, node), '');
  }

  /** A node without USB, such as a virtual camera. */
  async plugPlatform(node: string, index: number, name: string): Promise<void> {
    const parent = join(this.sys, 'devices/platform/vivid.0');
    await mkdir(parent, { recursive: true });
    await this.#register(node, parent, { name, index });
    await writeFile(join(this.dev, node), '');
  }

  /** Takes nodes away, the capturing one first, as the kernel does. */
  async unplug(camera: FakeCamera): Promise<void> {
    for (const node of camera.nodes) {
      await rm(join(this.dev, node), { force: true });
      await rm(join(this.sys, 'class/video4linux', node), { force: true });
    }
    await rm(this.#usbDevice(camera.port), { recursive: true, force: true });
  }

  /** A moment of an unplug: the node is about to go, what is known of it has gone. */
  async beginUnplug(camera: FakeCamera): Promise<void> {
    for (const node of camera.nodes) {
      for (const name of ['index', 'name']) await rm(join(this.sys, 'class/video4linux', node, name));
    }
    for (const name of ['idVendor', 'serial']) {
      await rm(join(this.#usbDevice(camera.port), name), { force: true });
    }
  }

  /** The device calls itself something else, and its first node is touched, as by a udev daemon that sets its permissions. */
  async rename({ nodes, port }: FakeCamera, product: string): Promise<void> {
    await writeAll(this.#usbDevice(port), { product });
    await chmod(join(this.dev, nodes[0] ?? ''), 0o600);
  }

  async empty(): Promise<void> {
    await rm(this.dev, { recursive: true, force: true });
    await rm(this.sys, { recursive: true, force: true });
    await mkdir(this.dev);
    await mkdir(join(this.sys, 'class/mem'), { recursive: true });
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  #usbDevice(port: number): string {
    return join(this.sys, 'devices/pci0000:00/0000:00:14.0/usb1', `1-${String(port)}`);
  }

  async #register(node: string, parent: string, facts: { name: string; index: number }): Promise<void> {
    const home = join(parent, 'video4linux', node);
    await mkdir(home, { recursive: true });
    await writeAll(home, { name: facts.name, index: String(facts.index) });
    await symlink(parent, join(home, 'device'));
    await mkdir(join(this.sys, 'class/video4linux'), { recursive: true });
    await symlink(home, join(this.sys, 'class/video4linux', node));
  }
}

async function writeAll(folder: string, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) await writeFile(join(folder, name), `${value}\n`);
}
