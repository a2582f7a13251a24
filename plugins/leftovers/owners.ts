import { dirname, sep } from 'node:path';
import type { Frame } from './frames.js';

/** The code of a plugin, loaded once: its module, and the folder of its package. */
export interface Owner {
  readonly module: string;
  readonly folder?: string;
  /** Of a module that is loaded several times from the same place. */
  readonly edition?: number;
}

export interface Opener {
  readonly owner: Owner;
  /** Where in its code, such as `dist/index.js:10:3`. */
  readonly place: string;
}

export interface OwnersOptions {
  /** The folder of this package, with a slash at its end. */
  readonly installation: string;
  /** True where nothing runs but a plugin and what runs it: what has no owner is the plugin's. */
  readonly isAlone?: boolean;
}

/** Parts of this package that work for whoever calls them: the kit, and what is shared by adapters. */
const HELPERS = /^(?:dist\/lib|plugins\/(?:kit|api)|adapters\/_shared|node_modules)\//;
/** One that has been loaded again and again has as many files. */
const MAX_KNOWN = 10_000;
const SERVICE = 'service';

/** Tells by a stack whose code opens something. */
export class Owners {
  readonly #options: OwnersOptions;
  readonly #owners: Owner[] = [];
  readonly #known = new Map<string, Owner | typeof SERVICE | undefined>();

  constructor(options: OwnersOptions) {
    this.#options = options;
  }

  add(owner: Owner): void {
    this.#owners.push(owner);
    this.#known.clear();
  }

  /**
   * The nearest frame that is a plugin's or the service's own decides: what the service opens while a plugin calls it is the service's.
   * Libraries and the kit open for whoever calls them.
   */
  openerOf(frames: readonly Frame[]): Opener | undefined {
    let first: Frame | undefined;
    for (const frame of frames) {
      if (frame.file === '' || frame.file.startsWith('node:')) continue;
      first ??= frame;
      const owner = this.#ownerOf(frame);
      if (owner === SERVICE) return undefined;
      if (owner !== undefined) return { owner, place: placeOf(frame, owner) };
    }
    const owner = this.#options.isAlone === true ? this.#owners.at(-1) : undefined;
    if (owner === undefined) return undefined;
    return { owner, place: first === undefined ? 'a library' : placeOf(first, owner) };
  }

  #ownerOf({ file, query }: Frame): Owner | typeof SERVICE | undefined {
    const key = `${file}${query}`;
    if (this.#known.has(key)) return this.#known.get(key);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const owner = this.#find(file, query);
    this.#known.set(key, owner);
    return owner;
  }

  #find(file: string, query: string): Owner | typeof SERVICE | undefined {
    const { installation } = this.#options;
    const owner = this.#withModule(file, query) ?? this.#around(file);
    if (owner !== undefined) return owner;
    if (!file.startsWith(installation)) return undefined;
    return HELPERS.test(file.slice(installation.length)) ? undefined : SERVICE;
  }

  /** Several bare files may lie in one folder, and one may be loaded several times. */
  #withModule(file: string, query: string): Owner | undefined {
    const edition = new URLSearchParams(query).get('edition') ?? undefined;
    return this.#owners.find((each) => each.module === file && each.edition?.toString() === edition);
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
    return this.#options.installation.startsWith(whole) ? beside : whole;
  }
}

function placeOf({ file, line, column }: Frame, { module, folder = dirname(module) }: Owner): string {
  const path = file.startsWith(`${folder}${sep}`) ? file.slice(folder.length + 1) : file;
  return `${path}:${String(line)}:${String(column)}`;
}
