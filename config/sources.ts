import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expandPath } from './expand-path.js';
import { readYamlFile, type YamlFile } from './yaml-file.js';

export interface ConfigSources {
  /** Name of a profile that comes with the service, or the path of a YAML file. */
  readonly profile?: string;
  /** A YAML file of the user's, stronger than the profile. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `key=value` words of the command line. */
  readonly overrides: readonly string[];
  /** Where the profiles lie. */
  readonly profileDirectory: string;
}

/** The same with the files read: a pipe can be read only once. */
export interface OpenSources extends Pick<ConfigSources, 'env' | 'overrides'> {
  /** From the weakest to the strongest. */
  readonly files: readonly YamlFile[];
  readonly faults: readonly string[];
  /** The folder of the user's file, which relative names in it are meant from. */
  readonly folder?: string;
}

/** Reads the files. What is wrong with them is kept, to be told with everything else. */
export function openSources(sources: ConfigSources): OpenSources {
  const faults: string[] = [];
  const files = [sources.profile, sources.file].flatMap((name, index) => {
    if (name === undefined) return [];
    const flag =
      index === 0 ? '--profile (or CAMERA_SERVICE_PROFILE)' : '--config (or CAMERA_SERVICE_CONFIG)';
    const place = name === '' ? { fault: 'is empty' } : expandPath(name, sources.env);
    if ('fault' in place) {
      faults.push(`${flag}: the path ${place.fault}`);
      return [];
    }
    const path = index === 0 ? profilePath(place.path, sources.profileDirectory) : place.path;
    return readYamlFile(path, faults) ?? [];
  });
  const own = sources.file === undefined ? undefined : files.at(-1);
  const folder = own === undefined ? {} : { folder: dirname(resolve(own.path)) };
  return { env: sources.env, overrides: sources.overrides, files, faults, ...folder };
}

function profilePath(profile: string, directory: string): string {
  const builtIn = resolve(directory, `${profile}.yaml`);
  return /[/.]/.test(profile) || !existsSync(builtIn) ? resolve(profile) : builtIn;
}
