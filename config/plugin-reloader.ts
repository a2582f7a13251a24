import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginHost } from '../plugins/host/plugin-host.js';
import type { Isolates } from '../plugins/isolation/isolates.js';
import { importPlugin } from './import-plugin.js';
import type { Isolation, PluginChoice } from './load.js';
import { copyPackage, dependencyVersions, removeCopy } from './plugin-copy.js';
import { findPlugin, type PluginPackage } from './plugin-package.js';
import { refusePlugin } from './plugin-refusal.js';

export interface ReloaderDeps {
  readonly choices: readonly PluginChoice[];
  readonly setupTimeoutMs: number;
  readonly isolates: Isolates;
  /** Called with each plugin whose code is about to run in this process. */
  readonly onPlugin: (found: PluginPackage) => void;
  /** For copies of packages; emptied at the first use, since what is in it is of an earlier run. */
  readonly folder: string;
}

interface Copy {
  readonly found: PluginPackage;
  readonly folder: string;
  /** Holds all editions of the plugin. */
  readonly root: string;
}

/** The code that has been loaded last, on trial. */
export interface Edition {
  /** Call this once nothing of the code before it runs. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/** Loads the code of plugins again, from a copy of the package each time. */
export class PluginReloader {
  readonly #deps: ReloaderDeps;
  readonly #versions = new Map<string, ReadonlyMap<string, string>>();
  readonly #copies = new Map<string, string>();
  #edition = 0;

  constructor(deps: ReloaderDeps) {
    this.#deps = deps;
    for (const choice of deps.choices) this.#remember(choice);
  }

  /** As the configuration names it. @returns `undefined` when it does not. */
  choice(name: string): PluginChoice | undefined {
    return this.#deps.choices.find((each) => each.name === name);
  }

  /**
   * Runs the code that the package has now.
   * @param into a host without that plugin, which has it afterwards.
   * @throws PortError `OPTION_INVALID` with what is wrong and the remedy; `into` is of no use then.
   */
  async load(
    { name, from, isolation }: PluginChoice,
    into: PluginHost,
    signal: AbortSignal,
  ): Promise<Edition> {
    const { setupTimeoutMs: deadlineMs, onPlugin } = this.#deps;
    const origin = findPlugin(name, from);
    if (isolation !== 'none')
      return await this.#loadIsolated({ origin, name, mode: isolation }, into, signal);
    const versions = this.#requireSameDependencies(origin);
    const copy = await this.#edit(origin);
    try {
      onPlugin({ ...copy.found, folder: copy.root });
      const plugin = await importPlugin(copy.found, deadlineMs, signal);
      const { version, module, manifest } = copy.found;
      // Files are served from the package itself: a copy follows links, which must not be served.
      const { folder } = origin;
      await into.load(plugin, { version, module, folder, manifest, choice: name, deadlineMs }, signal);
    } catch (cause) {
      await removeCopy(copy.folder);
      throw cause;
    }
    return {
      discard: () => removeCopy(copy.folder),
      keep: async () => {
        const before = this.#copies.get(name);
        this.#copies.set(name, copy.folder);
        if (versions !== undefined) this.#versions.set(name, versions);
        if (before !== undefined) await removeCopy(before);
      },
    };
  }

  /** A thread or a process that begins has loaded nothing yet. */
  async #loadIsolated(
    {
      origin,
      name,
      mode,
    }: { readonly origin: PluginPackage; readonly name: string; readonly mode: Exclude<Isolation, 'none'> },
    into: PluginHost,
    signal: AbortSignal,
  ): Promise<Edition> {
    const { setupTimeoutMs: deadlineMs, isolates } = this.#deps;
    const plugin = await isolates.load(origin, { mode, setupTimeoutMs: deadlineMs }, signal);
    const edition = { keep: () => isolates.keepNewest(name), discard: () => isolates.endNewest(name) };
    const { version, module, manifest } = origin;
    try {
      await into.load(plugin, { version, module, manifest, choice: name, deadlineMs }, signal);
      return edition;
    } catch (cause) {
      await edition.discard();
      throw cause;
    }
  }

  /** Ends a plugin that runs elsewhere. What runs in this process stays. @param name as the configuration names it. */
  async end(name: string): Promise<void> {
    await this.#deps.isolates.end(name);
  }

  /** A file that is no package is one module, of which Node loads another edition when its URL differs. */
  async #edit(origin: PluginPackage): Promise<Copy> {
    if (this.#edition === 0) await removeCopy(this.#deps.folder);
    this.#edition += 1;
    const root = join(this.#deps.folder, encodeURIComponent(origin.name));
    const folder = join(root, String(this.#edition));
    if (origin.manifest === undefined)
      return { found: { ...origin, edition: this.#edition }, folder, root: origin.folder };
    await mkdir(root, { recursive: true, mode: 0o700 });
    return { found: await copyPackage(origin, folder), folder, root };
  }

  #remember({ name, from }: PluginChoice): void {
    try {
      const found = findPlugin(name, from);
      if (found.manifest !== undefined) this.#versions.set(name, dependencyVersions(found));
    } catch {
      // What is wrong with it is told elsewhere; nothing of its dependencies has been loaded.
    }
  }

  #requireSameDependencies(found: PluginPackage): ReadonlyMap<string, string> | undefined {
    if (found.manifest === undefined) return undefined;
    const versions = dependencyVersions(found);
    for (const [dependency, version] of this.#versions.get(found.name) ?? []) {
      const other = versions.get(dependency);
      if (other !== undefined && other !== version)
        throw refusePlugin(
          found.name,
          `its dependency ${dependency} has changed from ${version} to ${other}, and the code of dependencies is loaded only once; restart the service`,
        );
    }
    return versions;
  }
}
