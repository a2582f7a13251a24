import { envName, type Setting } from './schema.js';
import { didYouMean } from './nearest.js';

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'CAMERA_SERVICE_';

/** Variables of ours that set no key, with what they are for. */
export const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  CAMERA_SERVICE_PROFILE: 'Profile; same as `--profile`.',
  CAMERA_SERVICE_CONFIG: 'YAML configuration file; same as `--config`.',
  CAMERA_SERVICE_MEDIAMTX_RELEASE_BASE:
    'Base URL from which the setup downloads MediaMTX, instead of its releases on GitHub.',
  CAMERA_SERVICE_TEST_COUNTS: 'File in which the tests of this repository record their counts.',
  CAMERA_SERVICE_LAB_PLUGIN: 'Plugin that the device lab tests.',
  CAMERA_SERVICE_LAB_SOURCE: 'Device source of that plugin.',
  CAMERA_SERVICE_LAB_CONFIG: 'Options of that source, as JSON.',
};

/** Kubernetes sets these in every container when there is a Service called camera-service. */
const KUBERNETES =
  /^CAMERA_SERVICE_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** The variable that sets a key, and its text. The one of its own name is stronger than one known from elsewhere. */
export function variableOf(
  env: Environment,
  { key, schema }: Setting,
): { readonly name: string; readonly text: string } | undefined {
  const names = [envName(key), ...(schema['x-env'] === undefined ? [] : [schema['x-env']])];
  for (const name of names) {
    const text = env[name];
    if (text !== undefined) return { name, text };
  }
  return undefined;
}

/** Variables with our prefix that set nothing: slips, which would otherwise go unnoticed. */
export function unknownVariables(env: Environment, settings: ReadonlyMap<string, Setting>): string[] {
  const known = new Set([...[...settings.keys()].map(envName), ...Object.keys(OTHER_VARIABLES)]);
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name) && !KUBERNETES.test(name))
    .map((name) => `${name}: there is no such variable${didYouMean(name, [...known])}`);
}
