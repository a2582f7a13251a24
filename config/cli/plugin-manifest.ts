import type { Command } from 'commander';
import { resolve } from 'node:path';
import { writeManifest } from '../write-manifest.js';
import type { CommandHost } from './command-host.js';

/** `plugin manifest`: part of a plugin's build. */
export function registerPluginManifest(group: Command, host: CommandHost): void {
  group
    .command('manifest')
    .description("generate the manifest in a plugin's package.json from its built code; this runs the code")
    .argument('[folder]', 'folder of the package', '.')
    .option('--check', 'write nothing and fail if the manifest is not up to date')
    .action(async (folder: string, { check = false }: { readonly check?: boolean }) => {
      const { file, isCurrent, provides, capabilities } = await writeManifest(
        resolve(folder),
        { check },
        host.signal,
      );
      if (check && !isCurrent) {
        host.err(`${file}: the manifest is not up to date; run: camera-service plugin manifest ${folder}`);
        host.exitWith(1);
        return;
      }
      const has = [...provides, ...capabilities.map((each) => `capability ${each}`)].join(', ');
      host.out(`${file}: ${isCurrent ? 'up to date' : 'written'}, ${has || 'no adapter'}`);
    });
}
