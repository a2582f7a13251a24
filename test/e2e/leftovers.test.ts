/** A plugin that leaves things open when it has been disabled, reloaded or stopped, in the service, in a thread and in a process. */
import { expect } from 'chai';
import { LEAKS, writeLeakyPlugin, type LeakyPlugin } from '../worlds/leaky-plugin.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import { showOutputOfFailed } from './support/world.js';

interface View {
  readonly state: string;
  readonly reason?: string;
}

const MODES = ['none', 'worker', 'process'] as const;

for (const mode of MODES)
  describe(`what a plugin leaves open with the isolation ${mode}`, function () {
    this.timeout(120_000);
    let plugin: LeakyPlugin;
    let service: RunningService;
    let admin: WsClient;
    showOutputOfFailed(() => service);

    const begin = async (tidy: boolean): Promise<void> => {
      service = await startService({
        set: {
          ...{ 'plugins.load': plugin.folder, 'plugins.isolation': mode },
          'plugins.config': JSON.stringify([{ adapter: 'Transport/leaky', tidy }]),
          'adapters.transport': 'ws-jsonrpc,http-files,http-health,leaky',
          'adapters.device_event_source': 'synthetic',
        },
      });
      admin = await service.client('admin');
    };
    const status = () => admin.call<{ components: Record<string, View> }>('get_status');
    const set = (changes: object): Promise<View> =>
      admin.call<View>('set_plugin', { name: 'leaky', enabled: true, ...changes });
    const kindsIn = (text: string): Record<string, number> =>
      Object.fromEntries(
        [...text.matchAll(/(\d+) ([A-Za-z ]+) \((?:index[.]mjs:\d+:\d+(?:, )?)+\)/g)].map(
          ([, count, kind]) => [kind, Number(count)],
        ),
      );

    beforeEach(() => (plugin = writeLeakyPlugin()));
    afterEach(async () => {
      await service?.stop();
      plugin.remove();
    });

    it('is told of in the answer, in health and in the log, with kinds, numbers and places', async () => {
      await begin(false);
      const view = await set({ enabled: false });
      expect(view.state).to.equal('disabled');
      expect(view.reason).to.match(/left open after its end:/);
      expect(kindsIn(view.reason ?? '')).to.deep.equal(LEAKS);
      const { 'plugin:leaky': health } = (await status()).components;
      expect(health?.state).to.equal('degraded');
      expect(kindsIn(health?.reason ?? '')).to.deep.equal(LEAKS);
      const line = service
        .output()
        .split('\n')
        .find((each) => each.includes('left open after its end:'));
      expect(kindsIn(line ?? '')).to.deep.equal(LEAKS);
    });

    it('is nothing of one that closes what it opened', async () => {
      await begin(true);
      const view = await set({ enabled: false });
      expect(view.reason).to.equal('disabled by an administrator');
      expect(await set({})).to.include({ state: 'running' });
      expect(await set({ reload: true })).to.include({ state: 'running' });
      await service.stop();
      expect(service.output()).not.to.match(/left open/);
    });

    it('is told of when the service stops', async () => {
      await begin(false);
      await service.stop();
      expect(service.output()).to.match(/left open after its end:.*2 timers/);
    });
  });

describe('what the code before a reload leaves open', function () {
  this.timeout(120_000);
  let plugin: LeakyPlugin;
  let service: RunningService;

  before(async () => {
    plugin = writeLeakyPlugin();
    service = await startService({
      set: {
        'plugins.load': plugin.folder,
        'adapters.transport': 'ws-jsonrpc,http-files,http-health,leaky',
      },
    });
  });
  after(async () => {
    await service?.stop();
    plugin.remove();
  });

  it('is told of, and what the new code has open is not', async () => {
    const admin = await service.client('admin');
    const view = await admin.call<View>('set_plugin', { name: 'leaky', enabled: true, reload: true });
    expect(view.state).to.equal('degraded');
    expect(view.reason).to.match(/left open after its end:.*1 server \(/);
  });
});
