/** Projects of plugins, written from the templates of this package. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PINNED } from '../../adapters/_shared/plain/mediamtx-version.mjs';
import { PortError } from '../../ports/index.js';
import { packageRoot, templatesIn } from '../templates.js';
import { capabilityFiles, type Example } from './capability-template.js';

export const PLUGIN_KINDS = ['source', 'transport', 'auth-provider', 'telemetry-decoder'] as const;
export type PluginKind = (typeof PLUGIN_KINDS)[number];

export interface NewPlugin {
  readonly folder: string;
  readonly kind: PluginKind;
  /** Name of the package, and of its adapters. */
  readonly name: string;
  /** What it has beyond adapters. */
  readonly capabilities?: readonly Example[];
  /** What npm installs as this package. */
  readonly service?: string;
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** What the project is built and tested with, in the versions that this package itself uses. */
const TOOLS = ['@eslint/js', '@types/node', 'chai', 'eslint', 'typescript', 'typescript-eslint'];

const TEXTS: Readonly<Record<PluginKind, { readonly purpose: string; readonly usage: readonly string[] }>> = {
  source: {
    purpose: 'Cameras from a folder: each JPEG file in it is a camera that shows the image.',
    usage: [
      '  config:',
      '    - { adapter: DeviceEventSource/@@name@@, folder: /srv/pictures }',
      'adapters:',
      '  device_event_source: [@@name@@]',
      '  camera_probe: [@@name@@]',
      '  frame_grabber: [ffmpeg]',
      '  capture: [@@name@@]',
    ],
  },
  transport: {
    purpose: 'The methods of the service over a UNIX socket, as JSON-RPC 2.0 with one message per line.',
    usage: [
      '  config:',
      '    - { adapter: Transport/@@name@@, path: /run/camera-service/rpc.sock }',
      'adapters:',
      '  transport: [ws-jsonrpc, http-files, http-health, @@name@@]',
    ],
  },
  'auth-provider': {
    purpose: 'Credentials that another program signs with a shared secret.',
    usage: [
      '  config:',
      '    - { adapter: AuthProvider/@@name@@, secret: "${SHARED_SECRET}" }',
      'adapters:',
      '  auth_provider: [api-key, jwt, @@name@@]',
    ],
  },
  'telemetry-decoder': {
    purpose: 'Positions that a GPS receiver sends as NMEA 0183 sentences, decoded to telemetry.',
    usage: ['adapters:', '  telemetry_decoder: [@@name@@]'],
  },
};

/**
 * Writes the files of a project.
 * @returns their paths below its folder.
 * @throws PortError `OPTION_INVALID` for a folder that is not empty, and a name that cannot be that of an adapter.
 */
export function writePlugin(plugin: NewPlugin): readonly string[] {
  const { folder, kind, name, capabilities = [] } = plugin;
  const has = capabilities.length > 0;
  if (!NAME.test(name))
    throw refuse('--name', `${name} must be lower-case words with hyphens, such as my-cameras`);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw refuse('folder', `${folder} is not empty`);
  const values = {
    name,
    mediamtx: PINNED.slice(1),
    purpose: TEXTS[kind].purpose,
    usage: TEXTS[kind].usage.join('\n'),
    'capabilities-import': has ? "\nimport { addCapabilities } from './capabilities.js';" : '',
    capabilities: has ? '    addCapabilities(context);\n' : '',
  };
  const files = new Map(
    ['common', kind].flatMap((part) => templatesIn(part)).map(([path, text]) => [path, filled(text, values)]),
  );
  for (const [path, text] of capabilityFiles(name, capabilities)) files.set(path, text);
  files.set('package.json', `${JSON.stringify(manifestOf(plugin), undefined, 2)}\n`);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return [...files.keys()].sort();
}

/** The name that a folder suggests. */
export function nameFor(folder: string): string {
  return basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

/** Values may have places for others in them. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  return ['capabilities-import', 'capabilities', 'usage', 'purpose', 'mediamtx', 'name'].reduce(
    (result, key) => result.replaceAll(`@@${key}@@`, values[key] ?? ''),
    text,
  );
}

function manifestOf({ name, kind, service, capabilities = [] }: NewPlugin): object {
  const { version, devDependencies } = JSON.parse(
    readFileSync(join(packageRoot(), 'package.json'), 'utf8'),
  ) as {
    readonly version: string;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const tools = TOOLS.map((tool) => [tool, devDependencies[tool] ?? '*'] as const);
  return {
    name,
    version: '0.1.0',
    description: TEXTS[kind].purpose,
    type: 'module',
    main: 'dist/src/index.js',
    files: ['dist/src', ...(capabilities.includes('static') ? ['public'] : [])],
    scripts: {
      build: 'tsc && camera-service plugin manifest .',
      lint: 'eslint --max-warnings=0 .',
      test: 'npm run build && node --test --test-reporter=spec dist/test/*.test.js',
      check: 'camera-service plugin check .',
      prepack: 'npm run build',
    },
    peerDependencies: { 'mediamtx-camera-service': `^${version}` },
    devDependencies: { ...Object.fromEntries(tools), 'mediamtx-camera-service': service ?? `^${version}` },
  };
}

function refuse(option: string, rule: string): PortError {
  return new PortError('OPTION_INVALID', { message: `${option}: ${rule}`, detail: { option, rule } });
}
