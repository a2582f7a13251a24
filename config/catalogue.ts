import { createSystemClock } from '../adapters/clock/system/system-clock.js';
import { PluginHost } from '../plugins/host/plugin-host.js';
import { manifestSchema } from '../plugins/host/manifest-schema.js';
import type { Provision } from '../plugins/host/manifest.js';
import { BUILT_IN } from './built-in.js';
import { withManifest } from './manifest-text.js';
import { RESERVED_SECTIONS, sectionsWith, type Section } from './schema.js';
import { buildInfo } from './setup/build-info.js';

/** They only register. */
const SETUP_MS = 10_000;

/** A host with the plugins that come with the service. */
export async function hostOfBuiltIn(signal: AbortSignal): Promise<PluginHost> {
  const host = new PluginHost({ clock: createSystemClock(), reservedSections: RESERVED_SECTIONS });
  const { version } = buildInfo();
  for (const plugin of BUILT_IN) await host.load(plugin, { version, deadlineMs: SETUP_MS }, signal);
  return host;
}

/** Everything that can be configured without a third-party plugin; for documents and tests. */
export async function builtInSections(): Promise<readonly Section[]> {
  return sectionsWith((await hostOfBuiltIn(new AbortController().signal)).adapters);
}

/** What every adapter that comes with the service declares. */
export async function builtInProvisions(): Promise<readonly Provision[]> {
  const { adapters } = await hostOfBuiltIn(new AbortController().signal);
  return [...adapters.provisions()].sort((a, b) => keyOf(a).localeCompare(keyOf(b), 'en'));
}

const keyOf = ({ port, name }: Provision): string => `${port}/${name}`;

export { manifestSchema, withManifest };
