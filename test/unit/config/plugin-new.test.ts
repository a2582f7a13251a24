import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { EXAMPLES } from '../../../config/cli/capability-template.js';
import { expect } from 'chai';
import type { CommandHost } from '../../../config/cli/command-host.js';
import { registerPluginNew } from '../../../config/cli/plugin-new.js';
import { nameFor, PLUGIN_KINDS, writePlugin } from '../../../config/cli/plugin-template.js';

describe('projects of plugins', () => {
  let base: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'plugin-new-'));
  });
  afterEach(() => {
    rmSync(base, { recursive: true, force: true });
  });

  const codeOf = (work: () => unknown): unknown => {
    try {
      work();
      return undefined;
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };

  for (const kind of PLUGIN_KINDS) {
    it(`of the kind ${kind} have every place filled, and a manifest with the scripts of its page`, () => {
      const folder = join(base, kind);
      const files = writePlugin({ folder, kind, name: 'my-plugin', service: 'file:/x.tgz' });
      for (const path of files) expect(readFileSync(join(folder, path), 'utf8'), path).not.to.include('@@');
      const written = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      expect(written.filter((path) => statSync(join(folder, path)).isFile()).sort()).to.deep.equal(files);
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name: string;
        scripts: object;
        devDependencies: Record<string, string>;
      };
      expect(manifest.name).to.equal('my-plugin');
      expect(manifest.scripts).to.have.all.keys('build', 'lint', 'test', 'check', 'prepack');
      expect(manifest.devDependencies['mediamtx-camera-service']).to.equal('file:/x.tgz');
      expect(Object.values(manifest.devDependencies)).not.to.include('*');
    });
  }

  for (const capabilities of [[], ['rpc'], ['health', 'metrics'], EXAMPLES] as const) {
    it(`have these capabilities and no other: ${capabilities.join(', ') || 'none'}`, () => {
      const folder = join(base, 'new');
      const files = writePlugin({ folder, kind: 'transport', name: 'my-plugin', capabilities });
      const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
      expect(files.includes('test/capabilities.test.ts')).to.equal(capabilities.length > 0);
      expect(read('src/index.ts').includes('addCapabilities(context);')).to.equal(capabilities.length > 0);
      for (const path of files) expect(read(path), path).not.to.include('@@');
      if (capabilities.length === 0) return;
      const calls = {
        ...{ rpc: 'method', events: 'event', metrics: 'metric', health: 'health' },
        ...{ routes: 'route', static: 'static' },
      };
      const source = read('src/capabilities.ts');
      for (const each of EXAMPLES)
        expect(source.includes(`context.${calls[each]}(`), each).to.equal(
          capabilities.some((one) => one === each),
        );
    });
  }

  it('are not written over anything, nor under a name that no adapter can have', () => {
    writeFileSync(join(base, 'mine'), '');
    expect(codeOf(() => writePlugin({ folder: base, kind: 'source', name: 'x' }))).to.equal('OPTION_INVALID');
    for (const name of ['', 'My', 'my_plugin', '../x', '-x', 'x-'])
      expect(
        codeOf(() => writePlugin({ folder: join(base, 'new'), kind: 'source', name })),
        name,
      ).to.equal('OPTION_INVALID');
    expect(readdirSync(base)).to.deep.equal(['mine']);
  });

  it('are named after their folder', () => {
    expect(nameFor('/some/where/My Cameras_2')).to.equal('my-cameras-2');
  });

  it('need their kind where nobody can be asked', async () => {
    const group = new Command('plugin').exitOverride();
    const host = { isTerminal: false, out: () => undefined, signal: new AbortController().signal };
    registerPluginNew(group, host as unknown as CommandHost);
    const done = group.parseAsync(['new', join(base, 'new')], { from: 'user' });
    expect(await done.catch((error: unknown) => error)).to.have.property('code', 'OPTION_INVALID');
    await group.parseAsync(['new', join(base, 'my-transport'), '--kind', 'transport'], { from: 'user' });
    expect(readdirSync(join(base, 'my-transport'))).to.include('package.json');
  });
});
