import { reapOrphans } from '../../adapters/_shared/child-process.js';
import { recordChild } from '../../adapters/_shared/child-record.js';
import type { Plugin } from '../api/index.js';
import { PortError, type Clock, type Logger } from '../../ports/index.js';
import { wordsOf, type FaultBook } from '../guard/fault-book.js';
import type { PluginManifest } from '../host/manifest.js';
import { IsolatedPlugin } from './isolated-plugin.js';
import { Output } from './output.js';
import { isIsolatedPort, MEMBERS } from './ports-table.js';
import { startProcessShell } from './process-shell.js';
import type { IsolationMode, RunnerModule, Shell, ShellOptions } from './shell.js';
import { startWorkerShell } from './worker-shell.js';

export interface IsolatesDeps {
  readonly clock: Clock;
  readonly memoryBytes: number;
  readonly runner: RunnerModule;
  /** The error for a plugin that cannot be used. */
  readonly refuse: (plugin: string, rule: string, cause?: unknown) => PortError;
}

/** A plugin on the disk. The runner gets all of it. */
export interface FoundPlugin {
  /** As the configuration names it. */
  readonly name: string;
  readonly version: string;
  readonly manifest?: PluginManifest;
}

export interface IsolatesListener {
  readonly faults: FaultBook;
  readonly log: Logger;
  /** Where processes are recorded. */
  readonly runDir: string;
}

export interface IsolateOptions {
  readonly mode: IsolationMode;
  readonly setupTimeoutMs: number;
}

/** The plugins that run in threads and processes of their own. */
export class Isolates {
  readonly #deps: IsolatesDeps;
  /** By their names in the configuration; one that is being replaced is there twice, the newest last. */
  readonly #plugins = new Map<string, readonly IsolatedPlugin[]>();
  readonly #shells = new Map<Shell, string>();
  #listener: IsolatesListener | undefined;

  constructor(deps: IsolatesDeps) {
    this.#deps = deps;
  }

  /** @returns its manifest. @throws PortError `OPTION_INVALID` for a plugin that cannot be isolated, with the reason. */
  requireIsolable({ name, manifest }: FoundPlugin, mode: IsolationMode): PluginManifest {
    const refuse = (why: string): never => {
      throw this.#deps.refuse(name, `cannot run with the isolation ${mode}: ${why}`);
    };
    if (manifest === undefined)
      return refuse('it has no manifest, which says what it provides before its code runs');
    const other = manifest.provides.find(({ port }) => !isIsolatedPort(port));
    if (other !== undefined)
      return refuse(`it provides ${other.port}/${other.name}; only ${Object.keys(MEMBERS).join(', ')} can`);
    const [capability] = manifest.capabilities;
    if (capability !== undefined) return refuse(`it requests the capability ${capability}`);
    return manifest;
  }

  /**
   * Starts a plugin elsewhere. None of its code runs in this process. One of the same name that runs already goes on running.
   * @returns what stands for it. @throws PortError `OPTION_INVALID` naming the plugin; the reason of the signal.
   */
  async load(
    found: FoundPlugin,
    { mode, setupTimeoutMs }: IsolateOptions,
    signal: AbortSignal,
  ): Promise<Plugin> {
    const { name, version } = found;
    const manifest = this.requireIsolable(found, mode);
    const { clock, memoryBytes } = this.#deps;
    const plugin = new IsolatedPlugin({
      ...{ mode, clock, memoryBytes },
      request: { found, version, manifest, setupTimeoutMs },
      open: () => this.#open(name, mode),
      onGone: (shell) => this.#gone(shell),
    });
    try {
      const loaded = await plugin.load(signal);
      this.#plugins.set(name, [...(this.#plugins.get(name) ?? []), plugin]);
      if (this.#listener !== undefined) plugin.follow(this.#listener.faults);
      return loaded;
    } catch (cause) {
      signal.throwIfAborted();
      throw cause instanceof PortError ? cause : this.#deps.refuse(name, wordsOf(cause), cause);
    }
  }

  /** Where everything is told from here on, and what is known already. */
  follow(listener: IsolatesListener): void {
    this.#listener = listener;
    for (const [{ pid }, name] of this.#shells)
      if (pid !== undefined) recordChild(listener.runDir, pid, labelOf(name));
    for (const plugin of [...this.#plugins.values()].flat()) plugin.follow(listener.faults);
  }

  /** Ends a plugin for good; does nothing for one that does not run. */
  async end(name: string): Promise<void> {
    await this.#reduce(name, () => []);
  }

  /** Ends those that the newest of a plugin has replaced. */
  async keepNewest(name: string): Promise<void> {
    await this.#reduce(name, (all) => all.slice(-1));
  }

  /** Ends the newest of a plugin; the one before it goes on. */
  async endNewest(name: string): Promise<void> {
    await this.#reduce(name, (all) => all.slice(0, -1));
  }

  async #reduce(
    name: string,
    kept: (all: readonly IsolatedPlugin[]) => readonly IsolatedPlugin[],
  ): Promise<void> {
    const all = this.#plugins.get(name) ?? [];
    const staying = kept(all);
    if (staying.length > 0) this.#plugins.set(name, staying);
    else this.#plugins.delete(name);
    await Promise.all(all.filter((each) => !staying.includes(each)).map((each) => each.close()));
  }

  /** Ends all of them for good. */
  async close(): Promise<void> {
    await Promise.all([...this.#plugins.keys()].map((name) => this.end(name)));
  }

  async #open(name: string, mode: IsolationMode): Promise<Shell> {
    const { memoryBytes, runner, clock } = this.#deps;
    const output = new Output(clock, () => this.#listener?.log.child({ component: labelOf(name) }));
    const options: ShellOptions = {
      ...{ memoryBytes, runner, label: labelOf(name) },
      onLine: (line) => output.push(line),
    };
    const shell =
      mode === 'worker'
        ? startWorkerShell(options)
        : await startProcessShell(options, this.#listener?.runDir);
    this.#shells.set(shell, name);
    return shell;
  }

  /** Programs that it has started may have outlived it. */
  #gone(shell: Shell): void {
    this.#shells.delete(shell);
    if (this.#listener === undefined) return;
    const { runDir, log } = this.#listener;
    void reapOrphans(runDir, log, shell.threadId).catch((cause: unknown) => {
      log.warn('the programs of a plugin that has ended cannot be ended', { cause });
    });
  }
}

function labelOf(name: string): string {
  return `plugin ${name}`;
}
