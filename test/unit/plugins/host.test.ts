import { expect } from 'chai';
import { createManualClock, type ManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import { BUILT_IN } from '../../../config/built-in.js';
import { definePlugin, option, options, PLUGIN_API_VERSION, PORT_NAMES } from '../../../plugins/api/index.js';
import type { AdapterContext, PluginContext } from '../../../plugins/api/index.js';
import { optionOf } from '../../../plugins/host/adapter-registry.js';
import { PluginHost } from '../../../plugins/host/plugin-host.js';
import { sectionsWith, settingsOf } from '../../../config/schema.js';

const context = { keyOf: (name: string) => `acme.${name}` } as AdapterContext;

describe('PluginHost', () => {
  let clock: ManualClock;
  let host: PluginHost;
  let stopping: AbortController;

  beforeEach(() => {
    clock = createManualClock();
    stopping = new AbortController();
    host = new PluginHost({ clock });
  });

  const load = (plugin: unknown): Promise<void> =>
    host.load(plugin, { version: '1.0.0', deadlineMs: 1_000 }, stopping.signal);
  const plugin = (name: string, setup: (context: PluginContext) => void | Promise<void>) =>
    definePlugin({ name, apiVersion: PLUGIN_API_VERSION, setup });
  const refusal = async (work: Promise<unknown>): Promise<Error & { code?: string }> => {
    try {
      await work;
    } catch (cause) {
      return cause as Error;
    }
    throw new Error('it was not refused');
  };
  const stateStore = (name: string) =>
    plugin(name, (given) => {
      given.provide('StateStore', 'memory', { create: () => createMemoryStateStore() });
    });

  it('sets a plugin up, keeps what it provides, and makes an adapter when it is chosen', async () => {
    await load(stateStore('a'));
    expect(host.loaded).to.deep.equal([
      { name: 'a', version: '1.0.0', provides: ['StateStore/memory'], capabilities: [] },
    ]);
    expect((await host.adapters.create('StateStore', 'memory', context)).name).to.equal('memory');
    expect(clock.pending).to.equal(0);
  });

  const notPlugins: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', undefined, /not a plugin/],
    ['something else', { name: 'x' }, /not a plugin/],
    [
      'one for another API',
      { name: 'x', apiVersion: 99, setup: () => undefined },
      /plugin x: it requires plugin API 99/,
    ],
    ['one without an API version', { name: 'x', setup: () => undefined }, /plugin API undefined/],
  ];
  for (const [what, value, words] of notPlugins) {
    it(`refuses ${what}`, async () => {
      const failure = await refusal(load(value));
      expect(failure.code).to.equal('OPTION_INVALID');
      expect(failure.message).to.match(words);
    });
  }

  it('refuses a second plugin of the same name, and a second adapter of the same name', async () => {
    await load(stateStore('a'));
    expect((await refusal(load(stateStore('a')))).message).to.match(/already loaded/);
    expect((await refusal(load(stateStore('b')))).message).to.match(/plugin b: .*already provided by a/);
  });

  it('names the plugin whose setup failed, and keeps the cause', async () => {
    const cause = new Error('no licence');
    for (const setup of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      const failure = await refusal(load(plugin('x', setup)));
      expect(failure).to.include({ code: 'OPTION_INVALID', cause });
      expect(failure.message).to.match(/plugin x: its setup failed: no licence/);
    }
    expect(host.loaded).to.deep.equal([]);
  });

  it('gives up a setup that does not end, or when the service is stopped', async () => {
    const hanging = refusal(load(plugin('slow', () => new Promise(() => undefined))));
    await clock.advance(1_000);
    expect((await hanging).message).to.match(/plugin slow: its setup did not finish within 1000 ms/);
    const cut = refusal(load(plugin('slow', () => new Promise(() => undefined))));
    stopping.abort(new Error('SIGTERM'));
    expect((await cut).message).to.equal('SIGTERM');
    expect(clock.pending).to.equal(0);
  });

  it('takes nothing after the setup has ended', async () => {
    let kept: PluginContext | undefined;
    await load(plugin('late', (given) => void (kept = given)));
    expect(() => kept?.provide('StateStore', 'memory', { create: () => createMemoryStateStore() }))
      .to.throw(TypeError)
      .with.property('message')
      .that.matches(/after its setup has ended/);
    expect(host.adapters.available('StateStore')).to.deep.equal([]);
  });

  it('lists what there is for an adapter that nobody provides', async () => {
    const none = await refusal(host.adapters.create('StateStore', 'redis', context));
    expect(none.message).to.match(/adapters\.state_store: .*"redis"; available: none/);
    await load(stateStore('a'));
    const other = await refusal(host.adapters.create('StateStore', 'redis', context));
    expect(other.code).to.equal('OPTION_INVALID');
    expect(other.message).to.match(/available: memory/);
  });

  it('names a package that an adapter needs and does not find', async () => {
    const cause = Object.assign(new Error("Cannot find package 'nats' imported from x"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    await load(
      plugin('bus', (given) => {
        given.provide('EventBus', 'nats', { create: () => Promise.reject(cause) });
        given.provide('EventBus', 'broken', { create: () => Promise.reject(new Error('plain')) });
      }),
    );
    const failure = await refusal(host.adapters.create('EventBus', 'nats', context));
    expect(failure).to.include({ code: 'TOOL_MISSING', message: 'nats is not installed' });
    expect((await refusal(host.adapters.create('EventBus', 'broken', context))).message).to.equal('plain');
  });

  const factoryFaults: readonly (readonly [string, object, RegExp])[] = [
    [
      'an option that it has declared',
      { detail: { option: 'pollMs', rule: 'more than the other' } },
      /^StateStore\/own: acme\.poll_ms: must be more than the other$/,
    ],
    [
      'an option that it has not declared',
      { detail: { option: 'licence', rule: 'is over' } },
      /^StateStore\/own: licence: is over$/,
    ],
    ['words only', { message: 'no good' }, /^StateStore\/own: no good$/],
    ['no facts at all', { message: 'no good', detail: undefined }, /^StateStore\/own: no good$/],
  ];
  for (const [what, facts, words] of factoryFaults) {
    it(`names adapter, option and rule when a factory refuses ${what}, in an error of whichever class`, async () => {
      const cause = Object.assign(new Error('x'), {
        name: 'PortError',
        code: 'OPTION_INVALID',
        retryable: false,
        detail: {},
        ...facts,
      });
      const schema = { poll_ms: option.ms({ doc: 'Pause between looks.', default: 1 }) };
      await load(
        plugin('own', (given) => {
          given.provide('StateStore', 'own', {
            options: options(schema),
            create: () => Promise.reject(cause),
          });
        }),
      );
      const failure = await refusal(host.adapters.create('StateStore', 'own', context));
      expect(failure.code).to.equal('OPTION_INVALID');
      expect(failure.message).to.match(words);
    });
  }

  it('loads every built-in plugin, which provide what the defaults choose', async () => {
    for (const each of BUILT_IN) await load(each);
    expect(host.loaded).to.have.length(BUILT_IN.length);
    const settings = settingsOf(sectionsWith(host.adapters));
    for (const port of PORT_NAMES) {
      const chosen = settings.get(optionOf(port))?.schema.default as string | string[];
      expect(host.adapters.available(port), port).to.include.members([chosen].flat());
    }
  });
});
