import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { configFrom, type LoadedConfig } from '../../../config/runtime.js';
import type { PluginUse } from '../../../config/plugins.js';
import { failure } from '../../contract/outcome.js';

describe('the isolation of plugins in the configuration', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'isolation-'));
    // Nothing of it may run here.
    writeFileSync(join(folder, 'bare.mjs'), 'process.exitCode = 99; throw new Error("planted");\n');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const open = (plugins: object, use: PluginUse = 'code'): Promise<LoadedConfig> => {
    const file = join(folder, 'cameras.yaml');
    writeFileSync(file, JSON.stringify({ plugins }));
    return configFrom({ file, env: {}, overrides: [] }, new AbortController().signal, use);
  };
  const refusal = async (plugins: object): Promise<string> =>
    ((await failure(open(plugins))) as Error).message.replaceAll(folder, '');

  it('is none unless it is set', async () => {
    const config = await open({});
    expect(config.get('plugins.isolation')).to.equal('none');
    expect(config.get('plugins.isolation_of')).to.deep.equal([]);
  });

  it('is refused for a file without a manifest, whose code does not run', async () => {
    const load = ['./bare.mjs'];
    expect(await refusal({ load, isolation: 'worker' })).to.include(
      'plugins.load: ./bare.mjs: cannot run with the isolation worker: it has no manifest',
    );
    const isolation_of = [{ plugin: './bare.mjs', isolation: 'process' }];
    expect(await refusal({ load, isolation_of })).to.include('cannot run with the isolation process');
    expect(process.exitCode).to.equal(undefined);
  });

  it('names what is wrong with it', async () => {
    expect(await refusal({ isolation: 'thread' })).to.match(/plugins[.]isolation .*none, worker, process/);
    expect(await refusal({ isolation_of: [{ plugin: 'acme', isolation: 'worker' }] })).to.include(
      'plugins.isolation_of[0].plugin: plugins.load has no entry "acme"',
    );
    expect(await refusal({ isolation_of: [{ plugin: 'acme' }] })).to.include('plugins.isolation_of[0]');
  });
});
