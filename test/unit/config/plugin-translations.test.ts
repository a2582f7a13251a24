import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import type { CommandHost } from '../../../config/cli/command-host.js';
import { registerCommands } from '../../../config/cli/commands.js';
import { configFrom, type LoadedConfig } from '../../../config/runtime.js';
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
const MODULE = `export default { name: 'acme', apiVersion: 1, setup(context) {
  context.provide('DeviceEventSource', 'folder', { options: ${JSON.stringify(OPTIONS)}, create: () => ({}) });
} };`;
const KEY = 'DeviceEventSource/folder';
const GERMAN = { [`${KEY}.folder`]: { title: 'Ordner', description: 'Ordner mit den Verweisen.' } };

type Files = Readonly<Record<string, string | object>>;

describe('translations of a package', () => {
  let folder: string;
  let place: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'translations-')));
    place = join(folder, 'node_modules/acme');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (file: string, content: string | object): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  };
  const install = (translations: object, files: Files = {}): void => {
    const about = { name: 'acme', version: '3.2.1', type: 'module', main: 'index.js' };
    write(join(place, 'package.json'), { ...about, 'camera-service': { ...MANIFEST, translations } });
    write(join(place, 'index.js'), MODULE);
    for (const [file, content] of Object.entries(files)) write(join(place, file), content);
    write(join(folder, 'cameras.yaml'), 'plugins: { load: [acme] }\n');
  };
  const open = (use: 'code' | 'manifests'): Promise<LoadedConfig> => {
    const given = { file: join(folder, 'cameras.yaml'), env: {}, overrides: [] };
    return configFrom(given, new AbortController().signal, use);
  };
  const command = async (...words: readonly string[]): Promise<string> => {
    const said: string[] = [];
    const out = (text: string): number => said.push(text);
    const host = { env: {}, out, err: out, signal: new AbortController().signal } as unknown as CommandHost;
    const program = new Command('camera-service')
      .option('--profile <name>')
      .option('--config <file>')
      .option('--set <key=value>', '', (value: string, before: string[]) => [...before, value], [])
      .exitOverride();
    registerCommands(program, host);
    await program.parseAsync(['node', 'camera-service', '--config', join(folder, 'cameras.yaml'), ...words]);
    return said.join('\n');
  };

  it('explain options in the language of who asks', async () => {
    const french = { [`${KEY}.folder`]: { title: 'Dossier' } };
    install({ de: './texts/de.json', fr: french }, { 'texts/de.json': GERMAN });
    expect(await command('config', '--explain')).to.include('  # Folder with the links.\n  folder: "/srv"');
    const words = await command('config', '--lang', 'de-AT');
    expect(words).to.include(`${KEY}:\n  # Ordner\n  # Ordner mit den Verweisen.\n  folder: "/srv"`);
    expect(words).to.include('  # Password of the folder.\n  password: "[Sensitive]"');
    expect(await command('config', '--lang', 'fr')).to.include('# Dossier\n  # Folder with the links.');
    expect(JSON.parse(await command('config'))).to.have.property('plugins');
  });

  it('stay when the manifest is written anew', async () => {
    install({ de: './de.json' }, { 'de.json': GERMAN });
    await writeManifest(place, { check: false }, new AbortController().signal);
    const { 'camera-service': written } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as {
      'camera-service': { translations: object };
    };
    expect(written.translations).to.deep.equal({ de: './de.json' });
    for (const use of ['code', 'manifests'] as const)
      expect((await open(use)).host.optionTexts('de')).to.deep.equal(GERMAN);
  });

  const slip = JSON.stringify({ [`${KEY}.foldr`]: { title: 'x' } }, null, 2);
  const wrong: Readonly<Record<string, readonly [object, Files, RegExp]>> = {
    'a missing file': [
      { de: './de.json' },
      {},
      /translations\.de .*the file \.\/de\.json cannot be used: ENOENT/,
    ],
    'a file that is no JSON': [
      { de: 'de.json' },
      { 'de.json': '{' },
      /the file de\.json cannot be used: .*JSON/,
    ],
    'a file elsewhere': [{ de: '../x/de.json' }, { '../x/de.json': GERMAN }, /it is not inside the package/],
    'a file without end': [{ de: 'de.json' }, { 'de.json': ' '.repeat(600_000) }, /more than 524288 bytes/],
    'an unknown option in a file': [
      { de: 'de.json' },
      { 'de.json': slip },
      /translations\.de\.\S+foldr \(\S+de\.json, line 2\): the plugin has no such option; did you mean \S+folder\.folder\?/,
    ],
    'a language that is none': [
      { de_DE: {} },
      {},
      /translations\.de_DE \(\S+package\.json, line \d+\): is no language tag \(BCP 47\), such as de or pt-BR; did you mean de-DE\?/,
    ],
  };
  for (const [what, [translations, files, words]] of Object.entries(wrong))
    it(`are refused with ${what}`, async () => {
      install(translations, files);
      const refused = await open('manifests').then(
        () => 'nothing',
        (cause: Error) => cause.message,
      );
      expect(refused).to.match(words);
    });
});
