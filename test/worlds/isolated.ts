/** Plugins that run in a thread or a process of their own, as the service has them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createSystemClock } from '../../adapters/clock/system/system-clock.js';
import { createMemoryLogger, type MemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { writePlugin, type PluginKind } from '../../config/cli/plugin-template.js';
import { bundledRunner, createIsolates } from '../../config/isolation.js';
import type { PortMap, PortName } from '../../plugins/api/index.js';
import { FaultBook, type PluginFault } from '../../plugins/guard/fault-book.js';
import type { StateStore } from '../../ports/index.js';
import type { PluginManifest } from '../../plugins/host/manifest.js';
import { PluginHost } from '../../plugins/host/plugin-host.js';
import type { IsolationMode } from '../../plugins/isolation/shell.js';
import { testParts } from '../testing/index.js';
import { createMemoryStateStore } from '../../adapters/state-store/memory/memory-state-store.js';
import { root } from '../repo/support/tree.js';

export const MODES = ['worker', 'process'] as const satisfies readonly IsolationMode[];

const SETUP_MS = 20_000;
const MEMORY_BYTES = 256 * 1024 * 1024;

/** A plugin as it lies on the disk, with the manifest that its build would write. */
export interface PluginOnDisk {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  readonly folder: string;
  readonly isEsModule: boolean;
  readonly manifest: PluginManifest;
}

/** Reads what a module provides by loading it here. */
export async function pluginAt(module: string): Promise<PluginOnDisk> {
  const host = new PluginHost({ clock: createSystemClock() });
  const { default: plugin } = (await import(pathToFileURL(module).href)) as { default: { name: string } };
  await host.load(plugin, { version: '1.0.0', deadlineMs: SETUP_MS }, new AbortController().signal);
  const manifest = { apiVersion: '^1.0.0', provides: host.adapters.provisions(), capabilities: [] };
  const about = { module, folder: dirname(module), isEsModule: true, manifest };
  return { name: plugin.name, version: '1.0.0', ...about };
}

const ENTRIES: Readonly<Record<string, string>> = {
  'mediamtx-camera-service/kit': 'plugins/kit/index.ts',
  'mediamtx-camera-service/plugin-api': 'plugins/api/index.ts',
};

export interface TemplatePlugin {
  readonly plugin: PluginOnDisk;
  remove(): void;
}

/** A plugin as the kit writes it, with the entries of the package taken from the sources. */
export async function templatePlugin(kind: PluginKind, name: string): Promise<TemplatePlugin> {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const base = mkdtempSync(join(root, '.cache/isolated-'));
  const folder = join(base, name);
  for (const path of writePlugin({ folder, kind, name })) {
    if (!path.startsWith('src/')) continue;
    const text = Object.entries(ENTRIES).reduce(
      (code, [entry, source]) => code.replaceAll(`'${entry}'`, `'${pathToFileURL(join(root, source)).href}'`),
      readFileSync(join(folder, path), 'utf8'),
    );
    writeFileSync(join(folder, path), text);
  }
  const remove = (): void => rmSync(base, { recursive: true, force: true });
  return { plugin: await pluginAt(join(folder, 'src/index.ts')), remove };
}

export interface IsolatedHost {
  readonly runDir: string;
  readonly log: MemoryLogger;
  readonly state: StateStore;
  /** What health says of the plugin, from the first on. */
  readonly faults: readonly PluginFault[];
  /** Makes an adapter as the service does. */
  create<P extends PortName>(port: P, name: string, config?: object): Promise<PortMap[P]>;
  /** Resolves when everything that the plugin has told before has come. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** @param options.runner a built one in place of the sources. @throws PortError as the service does for a plugin that fails. */
export async function isolatedHost(
  mode: IsolationMode,
  plugin: PluginOnDisk,
  { runner }: { readonly runner?: string } = {},
): Promise<IsolatedHost> {
  const parts = testParts();
  const { signal } = new AbortController();
  const isolates = createIsolates(MEMORY_BYTES, runner === undefined ? undefined : bundledRunner(runner));
  const log = createMemoryLogger();
  const book = new FaultBook(log);
  const faults: PluginFault[] = [];
  book.follow((_plugin, fault) => void (fault && faults.push(fault)));
  const host = new PluginHost({ clock: parts.clock });
  const state = createMemoryStateStore();
  const standIn = await isolates.load(plugin, { mode, setupTimeoutMs: SETUP_MS }, signal);
  const { version, module, manifest } = plugin;
  await host.load(standIn, { version, module, manifest, deadlineMs: SETUP_MS }, signal);
  isolates.follow({ faults: book, log, runDir: parts.directories.run });
  const context = { ...parts, log, state, keyOf: (option: string) => `plugins.config[0].${option}` };
  const [{ port, name } = { port: 'Transport' as const, name: '' }] = manifest.provides;
  return {
    runDir: parts.directories.run,
    log,
    state,
    faults,
    create: (wanted, adapter, config = {}) =>
      host.adapters.create(wanted, adapter, {
        ...context,
        config: { ...config },
        get listeners(): never {
          throw new Error('not here');
        },
      }),
    settled: async () => void (await host.adapters.inspect(port, name, {})),
    close: async () => {
      await isolates.close();
      parts.remove();
    },
  };
}
