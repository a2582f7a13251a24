import { dirname, sep } from 'node:path';
import type { Frame } from './frames.js';

/** A plugin: its module, and the folder of its package. */
export interface Owner {
  readonly name: string;
  readonly module: string;
  readonly folder?: string;
}

export interface Opener {
  readonly name: string;
  /** Where in the code of the plugin. */
  readonly place: Frame;
}

/** Parts of this package that work for whoever calls them: the kit, and what is shared by adapters. */
const HELPERS = /^(?:dist\/lib|plugins\/(?:kit|api)|adapters\/_shared|node_modules)\//;
/** One that has been loaded again and again has as many files. */
const MAX_KNOWN = 10_000;

/** Tells by a stack whose code opens something. */
export class Owners {
  readonly #installation: string;
  readonly #owners: Owner[] = [];
  readonly #known = new Map<string, string | undefined>();

  /** @param installation the folder of this package. */
  constructor(installation: string) {
    this.#installation = installation;
  }

  add(owner: Owner): void {
    this.#owners.push(owner);
    this.#known.clear();
  }

  folderOf(name: string): string {
    const owner = this.#owners.findLast((each) => each.name === name);
    return owner === undefined ? '' : this.#folderOf(owner).slice(0, -1);
  }

  /**
   * The nearest frame that is a plugin's or the service's own decides: what the service opens while a plugin calls it is the service's.
   * Libraries and the kit open for whoever calls them.
   */
  openerOf(frames: readonly Frame[]): Opener | undefined {
    for (const frame of frames) {
      if (frame.file === '' || frame.file.startsWith('node:')) continue;
      const name = this.#nameOf(frame.file);
      if (name === SERVICE) return undefined;
      if (name !== undefined) return { name, place: frame };
    }
    return undefined;
  }

  #nameOf(file: string): string | undefined {
    if (this.#known.has(file)) return this.#known.get(file);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const name = this.#find(file);
    this.#known.set(file, name);
    return name;
  }

  #find(file: string): string | undefined {
    // Several bare files may lie in one folder.
    const owner = this.#owners.find(({ module }) => module === file) ?? this.#around(file);
    if (owner !== undefined) return owner.name;
    if (!file.startsWith(this.#installation)) return undefined;
    return HELPERS.test(file.slice(this.#installation.length)) ? undefined : SERVICE;
  }

  /** Of several folders the innermost: a bare file may lie beside the folder of a package. */
  #around(file: string): Owner | undefined {
    return this.#owners
      .filter((each) => file.startsWith(this.#folderOf(each)))
      .sort((one, other) => this.#folderOf(other).length - this.#folderOf(one).length)[0];
  }

  /** A bare file may lie anywhere, even below a package that holds this installation: what lies beside it counts. */
  #folderOf({ module, folder }: Owner): string {
    const beside = `${dirname(module)}${sep}`;
    if (folder === undefined) return beside;
    const whole = folder.endsWith(sep) ? folder : `${folder}${sep}`;
    return this.#installation.startsWith(whole) ? beside : whole;
  }
}

/** No plugin can have that name. */
const SERVICE = '';
