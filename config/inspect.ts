import { PORT_NAMES, type PortName } from '../plugins/api/index.js';
import { optionOf } from '../plugins/host/adapter-registry.js';
import type { LoadedConfig } from './runtime.js';

/** The adapters that configuration chooses, as `port/name`. */
export function chosenAdapters(config: LoadedConfig): readonly string[] {
  return PORT_NAMES.flatMap((port) => namesFor(config, port).map((name) => `${port}/${name}`));
}

/** What only this machine can tell about the options of the chosen adapters. Makes none of them. */
export async function inspectAdapters(
  config: LoadedConfig,
): Promise<readonly { readonly key: string; readonly rule: string }[]> {
  const { adapters } = config.host;
  const chosen = PORT_NAMES.flatMap((port) =>
    namesFor(config, port).flatMap((name) =>
      adapters.sectionsOf(port, name).map((section) => ({ port, name, section: section.name })),
    ),
  );
  const found = await Promise.all(
    chosen.map(async ({ port, name, section }) => {
      const faults = await adapters.inspect(port, name, config.section(section));
      return faults.map(({ option, rule }) => ({ key: config.keyOf(section, option), rule }));
    }),
  );
  return found.flat();
}

function namesFor(config: LoadedConfig, port: PortName): readonly string[] {
  return [config.get(optionOf(port))].flat() as string[];
}
