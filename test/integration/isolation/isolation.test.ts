/** What an isolated plugin gets of the service, and what becomes of it when it ends. */
import { join } from 'node:path';
import { expect } from 'chai';
import { createIsolates } from '../../../config/isolation.js';
import type { CameraProbe, PortError } from '../../../ports/index.js';
import { failure } from '../../contract/outcome.js';
import { ScriptedService } from '../../contract/transport.service.js';
import {
  isolatedHost,
  MODES,
  pluginAt,
  type IsolatedHost,
  type PluginOnDisk,
} from '../../worlds/isolated.js';
import { until } from '../../worlds/media.js';
import { descendantsOf, processInfo } from '../../worlds/processes.js';

const MODULE = join(import.meta.dirname, '../../worlds/probing-plugin.ts');
const WITHIN_MS = 20_000;
const never = (): AbortSignal => new AbortController().signal;

for (const mode of MODES)
  describe(`a plugin in a ${mode}`, function () {
    this.timeout(60_000);
    let host: IsolatedHost;
    let probe: CameraProbe;
    before(async () => {
      host = await isolatedHost(mode, await pluginAt(MODULE));
      probe = await host.create('CameraProbe', 'probing');
    });
    after(() => host?.close());

    const done = async (deed: string, argument = ''): Promise<unknown> => {
      const source = { key: 'p:1', kind: 'probing', locator: deed, name: argument, hints: {} };
      const { card } = await probe.probe(source, never());
      return card === '' ? undefined : JSON.parse(card);
    };

    it('reads and changes stored documents; no change of others is lost', async () => {
      expect(await done('read', 'a.b')).to.equal(undefined);
      const others = Array.from({ length: 5 }, () =>
        host.state.update('a.b', (document) => Number(document ?? 0) + 1),
      );
      const own = Array.from({ length: 5 }, () => done('count', 'a.b'));
      await Promise.all([...others, ...own]);
      expect(await done('read', 'a.b')).to.equal(10);
      expect(await done('keys')).to.deep.equal(['a.b']);
      expect(await done('changed', 'c')).to.equal('changed');
    });

    it('gets the errors of the store by their codes, also those that it threw itself', async () => {
      expect(await failure(done('read', 'Ill formed/'))).to.have.property('code', 'OPTION_INVALID');
      expect(await failure(done('change-and-throw', 'd'))).to.have.property('code', 'STATE_CORRUPT');
    });

    it('is told that it cannot have the shared listeners, and what to do', async () => {
      const error = (await failure(done('listen'))) as PortError;
      expect(error.code).to.equal('UNSUPPORTED');
      expect(error.message).to.include('listen on a port of its own');
    });

    it('throws errors with code, detail and cause', async () => {
      const error = (await failure(done('refuse'))) as PortError;
      expect(error).to.deep.include({
        name: 'PortError',
        code: 'DEVICE_BUSY',
        message: 'planted',
        retryable: true,
      });
      expect(error.detail).to.deep.equal({ holder: 'another program' });
      expect(error.cause).to.be.instanceOf(RangeError);
    });

    it('has the log, the names of options and the time of the service', async () => {
      await done('log', 'planted line');
      await host.settled();
      const line = host.log.lines().find(({ message }) => message === 'planted line');
      expect(line).to.deep.include({ level: 'warn' });
      expect(line?.fields).to.have.nested.property('cause.code', 'NO_FRAME');
      expect(line?.fields).to.have.property('from', 'child');
      expect(await done('option', 'folder')).to.equal('plugins.config[0].folder');
      const before = performance.now();
      expect(await done('time')).to.be.within(before - 5, performance.now() + 5);
    });

    it('is started again with its transport, and leaves neither sessions nor programs behind', async () => {
      const service = new ScriptedService();
      const transport = await host.create('Transport', 'probing');
      await transport.start(service, never());
      expect(transport.addresses()).to.deep.equal(['probing:up']);
      const pid = Number(await done('spawn'));
      expect(processInfo(pid)).not.to.equal(undefined);
      const end = await failure(done('exit'));
      expect((end as Error).message).to.include(
        `its ${mode} ended with exit code 3 during CameraProbe/probing.probe`,
      );
      expect(host.faults.at(-1)?.reason).to.match(
        /CameraProbe.probing.*exit code 3.*is started again in 1 s/,
      );
      await until('transport that is started again', () => service.calls.length === 2, WITHIN_MS);
      expect(service.sessions.map(({ isClosed }) => isClosed)).to.deep.equal([true, false]);
      await until('end of its program', () => processInfo(pid) === undefined, WITHIN_MS);
      await until('plugin that answers', () => done('option', 'x').then(Boolean, () => false), WITHIN_MS);
      await transport.stop(never());
      expect(transport.addresses()).to.deep.equal([]);
    });
  });

describe('an isolated plugin that is loaded again', () => {
  it('takes the place of the one that ran once it is certain that it stays', async () => {
    const found = await pluginAt(MODULE);
    const isolates = createIsolates(2 ** 28);
    const running = (): number =>
      descendantsOf(process.pid).filter(({ command }) => command.some((word) => word === 'plugin probing'))
        .length;
    const options = { mode: 'process', setupTimeoutMs: 20_000 } as const;
    try {
      await isolates.load(found, options, never());
      for (const end of ['keepNewest', 'endNewest'] as const) {
        await isolates.load(found, options, never());
        await until('two processes', () => running() === 2, WITHIN_MS);
        await isolates[end]('probing');
        await until('one process', () => running() === 1, WITHIN_MS);
      }
      await isolates.end('probing');
      await until('no process', () => running() === 0, WITHIN_MS);
    } finally {
      await isolates.close();
    }
  }).timeout(60_000);
});

describe('a plugin that cannot be isolated', () => {
  const refusal = async (changes: Partial<PluginOnDisk['manifest']> | undefined): Promise<string> => {
    const { manifest, ...plugin } = await pluginAt(MODULE);
    const found = changes === undefined ? plugin : { ...plugin, manifest: { ...manifest, ...changes } };
    const loading = createIsolates(2 ** 28).load(found, { mode: 'process', setupTimeoutMs: 5_000 }, never());
    return ((await failure(loading)) as Error).message;
  };

  it('is refused with the reason before anything of it runs', async () => {
    expect(await refusal(undefined)).to.include(
      'probing: cannot run with the isolation process: it has no manifest',
    );
    expect(await refusal({ provides: [{ port: 'FileStore', name: 'x' }] })).to.include(
      'it provides FileStore/x; only',
    );
    expect(await refusal({ capabilities: ['routes'] })).to.include('it requests the capability routes');
  });

  it('is refused when its code is not what its manifest says', async () => {
    expect(await refusal({ provides: [{ port: 'Transport', name: 'other' }] })).to.include(
      'its manifest declares Transport/other, which its code does not provide',
    );
  });
});
