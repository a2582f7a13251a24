/** Configurations read from files of a test, with the built-in plugins and others that the test offers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostOfBuiltIn } from '../../../config/catalogue.js';
import { ConfigError, loadConfig, type Config } from '../../../config/load.js';
import type { ConfigSources } from '../../../config/sources.js';
import { definePlugin, type PluginContext } from '../../../plugins/api/index.js';
import type { AdapterRegistry } from '../../../plugins/host/adapter-registry.js';

export class ConfigWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'config-'));

  private constructor(readonly adapters: AdapterRegistry) {}

  static async open(setup: (context: PluginContext) => void = () => undefined): Promise<ConfigWorld> {
    const { signal } = new AbortController();
    const host = await hostOfBuiltIn(signal);
    const plugin = definePlugin({ name: 'acme', apiVersion: 1, setup });
    await host.load(plugin, { version: '1.0.0', deadlineMs: 1_000 }, signal);
    return new ConfigWorld(host.adapters);
  }

  file(name: string, text: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  load(sources: Partial<ConfigSources> = {}): Config {
    return loadConfig({ env: {}, overrides: [], profileDirectory: this.folder, ...sources }, this.adapters);
  }

  /** What is wrong, with `FILE` in place of the path of the file. */
  faults(sources: Partial<ConfigSources>): readonly string[] {
    try {
      this.load(sources);
    } catch (cause) {
      if (!(cause instanceof ConfigError)) throw cause;
      return cause.faults.map((fault) => (sources.file ? fault.replaceAll(sources.file, 'FILE') : fault));
    }
    return [];
  }

  /** What is wrong with a file of this text. */
  faultsOf(text: string | Uint8Array, env: ConfigSources['env'] = {}): readonly string[] {
    return this.faults({ file: this.file('own.yaml', text), env });
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
