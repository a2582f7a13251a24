import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import type { CommandHost } from '../../../config/cli/command-host.js';
import { registerCommands } from '../../../config/cli/commands.js';
import { configFrom, configWithVerdicts, type LoadedConfig } from '../../../config/runtime.js';
import type { PluginUse } from '../../../config/plugins.js';
import { writeManifest } from '../../../config/write-manifest.js';

const OPTIONS = {
  type: 'object',
  properties: {
    folder: { type: 'string', description: 'Folder with the links.', default: '/srv' },
    password: { type: 'string', description: 'Password of the folder.', default: '', writeOnly: true },
  },
};
const MANIFEST = {
  apiVersion: '^1.0.0',
  provides: [{ port: 'DeviceEventSource', name: 'folder', options: OPTIONS }],
};
const SETUP = `setup(context) {
  context.provide('DeviceEventSource', 'folder', { options: ${JSON.stringify(OPTIONS)}, create: () => ({}) });
}`;
const PLUGIN = `{ name: 'acme', apiVersion: 1, ${SETUP} }`;
const MODULE = `export default ${PLUGIN};\n`;

/** A package by its files; `package.json` gets what every package has. */
type Files = Readonly<Record<string, string | object>>;

describe('packages of plugins', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'plugins-')));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (path: string, content: string | object): void => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  };
  const install = (files: Files = {}, name = 'acme'): void => {
    const about = { name, version: '3.2.1', type: 'module', main: 'index.js', 'camera-service': MANIFEST };
    const all: Files = { 'index.js': MODULE, ...files };
    for (const [file, content] of Object.entries(all))
      if (file !== 'package.json') write(`node_modules/${name}/${file}`, content);
    const own = all['package.json'] ?? {};
    write(`node_modules/${name}/package.json`, typeof own === 'string' ? own : { ...about, ...own });
  };
  const config = (yaml = 'plugins: { load: [acme] }\n'): string => {
    write('cameras.yaml', yaml);
    return join(folder, 'cameras.yaml');
  };
  const open = (use: PluginUse = 'code', yaml?: string, env = {}): Promise<LoadedConfig> =>
    configFrom({ file: config(yaml), env, overrides: [] }, new AbortController().signal, use);
  const refusal = async (use: PluginUse = 'code', yaml?: string): Promise<Error & { code?: string }> => {
    try {
      await open(use, yaml);
    } catch (cause) {
      return cause as Error;
    }
    throw new Error('it was not refused');
  };

  it('are found beside the file that names them, and below it, with what they provide', async () => {
    install();
    const { host } = await open();
    const plugin = host.loaded.find(({ name }) => name === 'acme');
    expect(plugin).to.deep.include({
      version: '3.2.1',
      provides: ['DeviceEventSource/folder'],
      manifest: 'agrees',
    });
    expect(plugin?.module).to.equal(join(folder, 'node_modules/acme/index.js'));
    write('deeper/cameras.yaml', 'plugins: { load: [acme, ../bare.mjs] }\n');
    write('bare.mjs', `export default { name: 'bare', apiVersion: 1, setup() {} };\n`);
    const file = join(folder, 'deeper/cameras.yaml');
    const deeper = await configFrom({ file, env: {}, overrides: [] }, new AbortController().signal);
    expect(deeper.host.loaded.find(({ name }) => name === 'bare')).to.include({ manifest: 'none' });
  });

  it('are meant from the folder of the user’s file when a variable names them', async () => {
    install();
    const { host } = await open('code', '{}\n', { CAMERA_SERVICE_PLUGINS_LOAD: './node_modules/acme' });
    expect(host.loaded.some(({ name }) => name === 'acme')).to.equal(true);
  });

  const GONE = 'globalThis.hasRun = true;\n';
  const BAD: Readonly<Record<string, readonly [Files, RegExp]>> = {
    'that are not there': [{ 'package.json': '' }, /package\.json cannot be read/],
    'whose package.json is no JSON': [{ 'package.json': '{"name":' }, /package\.json cannot be read/],
    'whose package.json is a list': [
      { 'package.json': '[]' },
      /package\.json cannot be read: is not a JSON object/,
    ],
    'without a manifest': [
      { 'package.json': { 'camera-service': undefined } },
      /has no "camera-service", so it is not a plugin.*camera-service plugin manifest/,
    ],
    'with an unknown port': [
      { 'package.json': { 'camera-service': { ...MANIFEST, provides: [{ port: 'Camera', name: 'x' }] } } },
      /camera-service\.provides\[0\]\.port \(\S+package\.json, line 10\): is invalid/,
    ],
    'with a misspelt key': [
      { 'package.json': { 'camera-service': { ...MANIFEST, provide: [] } } },
      /there is no such key; did you mean provides\?/,
    ],
    'for a later API': [
      { 'package.json': { 'camera-service': { ...MANIFEST, apiVersion: '>=2' } } },
      /this service has plugin API 1\.0\.0/,
    ],
    'that provide what the service does': [
      {
        'package.json': {
          'camera-service': { ...MANIFEST, provides: [{ port: 'Transport', name: 'ws-jsonrpc' }] },
        },
      },
      /already provided by transport-ws-jsonrpc/,
    ],
    'that take a section of the service': [
      {
        'package.json': {
          'camera-service': { ...MANIFEST, provides: [{ ...MANIFEST.provides[0], section: 'server' }] },
        },
      },
      /the section server already belongs to HttpListener/,
    ],
    'without their main file': [
      { 'package.json': { main: 'dist/index.js' } },
      /its main file \S+dist\/index\.js does not exist; build it/,
    ],
  };
  for (const [what, [files, words]] of Object.entries(BAD)) {
    for (const use of ['code', 'manifests'] as const)
      it(`${what} are refused before anything runs (${use})`, async () => {
        delete (globalThis as { hasRun?: boolean }).hasRun;
        install({ ...files, 'index.js': GONE + MODULE });
        const failure = await refusal(use);
        expect(failure.code).to.equal('OPTION_INVALID');
        expect(failure.message)
          .to.match(/^plugins\.load: acme: /)
          .and.match(words);
        expect(failure.message).to.match(/cameras\.yaml, line 1\)$/);
        expect(globalThis).not.to.have.property('hasRun');
      });
  }

  const BROKEN: Readonly<Record<string, readonly [Files, RegExp]>> = {
    'of CommonJS': [
      {
        'package.json': { type: undefined },
        'index.js': `module.exports = { default: ${PLUGIN} };`,
      },
      /it is a CommonJS build; build it as an ES module/,
    ],
    'without a default export': [
      { 'index.js': `export const plugin = ${PLUGIN};` },
      /it has no default export/,
    ],
    'with parts by name': [
      { 'index.js': `export const name = 'acme'; export const apiVersion = 1; export function ${SETUP}` },
      /it exports the parts of a plugin as named exports/,
    ],
    'with another default export': [
      { 'index.js': 'export default 7;' },
      /its default export is not a plugin.*definePlugin/,
    ],
    'with a slip in their code': [{ 'index.js': 'export default {{;' }, /its code is invalid: .*index\.js/],
    'that need what is not installed': [
      { 'index.js': `import 'no-such-package';\n${MODULE}` },
      /it needs the package no-such-package, which is not installed; in \S+acme run: npm install no-such-package/,
    ],
    'that lack a file': [{ 'index.js': `import './gone.js';\n${MODULE}` }, /Cannot find module .*gone\.js/],
    'that throw': [{ 'index.js': 'throw new Error("boom");' }, /failed while it was loaded: boom/],
    'that throw text': [{ 'index.js': 'throw "boom";' }, /threw "boom" while it was loaded/],
    'of TypeScript': [
      { 'package.json': { main: 'index.txt' }, 'index.txt': '' },
      /is not JavaScript; build it/,
    ],
    'that never end loading': [
      { 'index.js': `await new Promise(() => {});\n${MODULE}` },
      /did not finish loading within 300 ms; it must not wait at the top level/,
    ],
    'whose setup throws': [
      {
        'index.js': `export default { name: 'acme', apiVersion: 1, setup() { throw new Error('no licence'); } };`,
      },
      /plugin acme: its setup failed: no licence/,
    ],
    'that provide something else': [
      { 'index.js': `export default { name: 'acme', apiVersion: 1, setup() {} };` },
      /its manifest declares DeviceEventSource\/folder, which its code does not provide/,
    ],
  };
  for (const [what, [files, words]] of Object.entries(BROKEN))
    it(`${what} are refused with the remedy, and other commands do not mind`, async () => {
      install(files);
      const yaml = 'plugins: { load: [acme], setup_timeout_ms: 300 }\n';
      const failure = await refusal('code', yaml);
      expect(failure.code).to.equal('OPTION_INVALID');
      expect(failure.message).to.match(words);
      expect((await open('manifests', yaml)).host.adapters.names()).to.include('DeviceEventSource/folder');
    });

  it('that are not installed, or ill-named, are refused with the remedy', async () => {
    expect((await refusal('code', 'plugins: { load: [acme] }\n')).message).to.include(
      `acme: it is not installed; in ${folder} run: npm install acme`,
    );
    expect((await refusal('code', 'plugins: { load: ["a b"] }\n')).message).to.match(
      /neither the name of a package/,
    );
    expect((await refusal('code', 'plugins: { load: [./gone.js] }\n')).message).to.include(
      join(folder, 'gone.js'),
    );
  });

  it('have their options judged and masked without their code', async () => {
    install({ 'index.js': GONE });
    const entry = (more: string): string =>
      `plugins:\n  load: [acme]\n  config:\n    - { adapter: DeviceEventSource/folder, ${more} }\n`;
    const text = (await open('manifests', entry('password: geheim'))).describe();
    expect(text).to.include('"adapter": "DeviceEventSource/folder"').and.include('"folder": "/srv"');
    expect(text).not.to.include('geheim');
    const env = { CAMERA_SERVICE_DEVICE_EVENT_SOURCE_FOLDER_FOLDER: '/other' };
    expect(
      (await open('manifests', entry('folder: /x'), env)).section('DeviceEventSource/folder'),
    ).to.include({
      folder: '/other',
    });
    const wrong = await refusal('manifests', entry('fodler: /x'));
    expect(wrong.message).to.match(
      /plugins\.config\[0\]\.fodler \(\S+cameras\.yaml, line 4\): .*did you mean folder\?/,
    );
    const typed = await refusal('manifests', entry('folder: 5'));
    expect(typed.message).to.match(/plugins\.config\[0\]\.folder \(\S+, line 4\): is a number.*must be text/);
    expect(globalThis).not.to.have.property('hasRun');
  });

  it('that are bare files hide what only their code knows, and their keys are passed over', async () => {
    write('bare.mjs', `${GONE}${MODULE}`);
    delete (globalThis as { hasRun?: boolean }).hasRun;
    const yaml =
      'plugins:\n  load: [./bare.mjs]\n  config: [{ adapter: DeviceEventSource/folder, password: geheim }]\n' +
      'adapters: { device_event_source: [folder] }\nacme: { x: 1 }\n';
    const text = (await open('manifests', yaml, { CAMERA_SERVICE_ACME_X: '1' })).describe();
    expect(text).not.to.include('geheim');
    expect(globalThis).not.to.have.property('hasRun');
  });

  it('get their manifest from their code, once, and are then good', async () => {
    install({ 'package.json': { 'camera-service': { apiVersion: '1.x' }, description: 'Links.' } });
    const place = join(folder, 'node_modules/acme');
    const write = (check: boolean) => writeManifest(place, { check }, new AbortController().signal);
    expect(await write(true)).to.include({ isCurrent: false });
    expect(await write(false)).to.deep.include({ isCurrent: false, provides: ['DeviceEventSource/folder'] });
    expect(await write(true)).to.include({ isCurrent: true });
    const written = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(written).to.include({ description: 'Links.', main: 'index.js' });
    expect(written['camera-service']).to.deep.equal({ ...MANIFEST, apiVersion: '1.x', capabilities: [] });
    expect((await open()).host.loaded.at(-1)).to.include({ manifest: 'agrees' });
  });

  for (const words of [['token'], ['key', 'list'], ['config'], ['key', 'add', '--role', 'viewer']])
    it(`are not run by the command ${words.join(' ')}, though they are broken`, async () => {
      install({ 'index.js': `${GONE}throw new Error('boom');` });
      delete (globalThis as { hasRun?: boolean }).hasRun;
      const said: string[] = [];
      const host = {
        env: {},
        out: (text: string) => said.push(text),
        err: (text: string) => said.push(text),
        signal: new AbortController().signal,
      } as unknown as CommandHost;
      const program = new Command('camera-service')
        .option('--profile <name>')
        .option('--config <file>')
        .option('--set <key=value>', '', (value: string, before: string[]) => [...before, value], [])
        .exitOverride();
      registerCommands(program, host);
      const globals = ['--config', config(), '--set', `paths.base=${join(folder, 'data')}`];
      await program.parseAsync(['node', 'camera-service', ...globals, ...words]);
      expect(globalThis).not.to.have.property('hasRun');
      if (words.join() !== 'key,list') expect(said.join('\n')).to.have.length.greaterThan(20);
    });

  it('are told one by one to who asks for it, the good ones being there', async () => {
    install();
    const file = config('plugins: { load: [acme, gone] }\n');
    const given = { file, env: {}, overrides: [] };
    const { config: found, verdicts } = await configWithVerdicts(given, new AbortController().signal);
    expect(found.host.adapters.names()).to.include('DeviceEventSource/folder');
    expect(verdicts.map(({ name, failure }) => [name, failure === undefined])).to.deep.equal([
      ['acme', true],
      ['gone', false],
    ]);
  });

  describe('whose code fails', () => {
    const BROKEN = { 'index.js': `throw new Error('boom');` };

    it('are done without by the service, with the reason', async () => {
      install(BROKEN);
      const yaml = 'plugins: { load: [acme] }\nadapters: { device_event_source: [synthetic, folder] }\n';
      const { lost } = await open('service', yaml);
      expect(lost.map(({ name }) => name)).to.deep.equal(['acme']);
      expect(lost[0]?.failure.message).to.match(/acme: its module \S+ failed while it was loaded: boom/);
    });

    it('end the start when they are required', async () => {
      install(BROKEN);
      const error = await refusal('service', 'plugins: { load: [acme], required: [acme] }\n');
      expect(error.message).to.match(/acme: its module .* boom/);
    });

    it('are no excuse for a manifest or a configuration that is wrong', async () => {
      install({ 'package.json': { 'camera-service': undefined } });
      expect((await refusal('service')).message).to.match(/has no "camera-service"/);
      install(BROKEN);
      expect(
        (await refusal('service', 'plugins: { load: [acme] }\nserver: { port: no }\n')).message,
      ).to.match(/server\.port/);
    });

    it('must be loaded to be required', async () => {
      install();
      const error = await refusal('service', 'plugins: { load: [acme], required: [acme, other] }\n');
      expect(error.message).to.include('plugins.required[1]: plugins.load has no plugin "other"');
    });
  });
});
