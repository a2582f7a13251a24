import { LOG_OPTIONS } from '../adapters/logger/winston/options.js';
import type { AdapterRegistry } from '../plugins/host/adapter-registry.js';
import type { OptionSchema } from '../ports/index.js';
import {
  adaptersSection,
  camerasSection,
  loginSection,
  pathsSection,
  pluginsSection,
  recordingsSection,
  retentionSection,
  rpcSection,
  serviceSection,
  snapshotsSection,
  streamsSection,
} from './sections/service.js';

/** Options under one heading of the configuration. The keys of an adapter without a section begin with its `Port/name`. */
export interface Section {
  readonly name: string;
  readonly schema: OptionSchema;
  /** True when the options stand in `plugins.config`. */
  readonly isListed: boolean;
}

/** One setting, by its dotted key. */
export interface Setting {
  readonly key: string;
  readonly section: Section;
  readonly option: string;
  readonly schema: OptionSchema;
}

const SERVICE_SECTIONS: Readonly<Record<string, OptionSchema>> = {
  service: serviceSection,
  paths: pathsSection,
  adapters: adaptersSection,
  plugins: pluginsSection,
  cameras: camerasSection,
  streams: streamsSection,
  snapshots: snapshotsSection,
  recordings: recordingsSection,
  retention: retentionSection,
  rpc: rpcSection,
  login: loginSection,
  log: LOG_OPTIONS,
};

/** Names that plugins cannot take for sections of their own. */
export const RESERVED_SECTIONS = Object.keys(SERVICE_SECTIONS);

/** Everything that can be configured: the service itself, and the adapters that the loaded plugins offer. */
export function sectionsWith(adapters: AdapterRegistry): readonly Section[] {
  const own = Object.entries(SERVICE_SECTIONS).map(([name, schema]) => ({ name, schema, isListed: false }));
  return [...own, ...adapters.sections()];
}

/** All settings of some sections, by their key. */
export function settingsOf(sections: readonly Section[]): ReadonlyMap<string, Setting> {
  const entries = sections.flatMap((section) =>
    Object.entries(section.schema.properties ?? {}).map(([option, schema]): [string, Setting] => {
      const key = `${section.name}.${option}`;
      return [key, { key, section, option, schema }];
    }),
  );
  return new Map(entries);
}

/** Name of the environment variable of a key: `server.port` is `CAMERA_SERVICE_SERVER_PORT`. */
export function envName(key: string): string {
  const words = key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').replaceAll(/[^A-Za-z0-9]/g, '_');
  return `CAMERA_SERVICE_${words.toUpperCase()}`;
}
