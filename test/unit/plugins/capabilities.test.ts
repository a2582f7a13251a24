import { setMaxListeners } from 'node:events';
import { expect } from 'chai';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryMetricsSink } from '../../../adapters/metrics-sink/memory/memory-metrics-sink.js';
import type { CapabilityContext } from '../../../plugins/api/index.js';
import { RouteTable } from '../../../core/rpc/route-table.js';
import { Declarations } from '../../../plugins/capabilities/declarations.js';
import { installPlugin } from '../../../plugins/capabilities/live-plugin.js';
import { plainCopy } from '../../../plugins/capabilities/plain-copy.js';
import { FaultBook, type PluginFault } from '../../../plugins/guard/fault-book.js';
import { codeOf, createRpcWorld, TOKENS, type RpcWorld } from '../rpc/world.js';

const TEXT = { type: 'string' } as const;
const FIELDS = { type: 'object', properties: { text: TEXT }, required: ['text'] } as const;
const METHOD = { summary: 'A method of a test.', role: 'viewer', result: TEXT, audited: false } as const;
const EVENT = { summary: 'An event of a test.', role: 'viewer', payload: FIELDS } as const;
const METRIC = { kind: 'counter', help: 'A metric of a test.' } as const;

interface Installed {
  readonly world: RpcWorld;
  readonly declared: Declarations;
  readonly heard: Map<string, PluginFault>;
  readonly metrics: () => Promise<string>;
  readonly install: () => () => void;
}

async function installed(setup: (context: CapabilityContext) => void): Promise<Installed> {
  const world = await createRpcWorld();
  const declared = new Declarations('a-test', 'all');
  setup(declared);
  const metrics = createMemoryMetricsSink();
  const faults = new FaultBook(createMemoryLogger());
  const heard = new Map<string, PluginFault>();
  faults.follow((plugin, fault) => (fault ? heard.set(plugin, fault) : heard.delete(plugin)));
  const { methods, hub, clock } = world;
  const install = () =>
    installPlugin(declared, { methods, routes: new RouteTable(), hub, metrics, faults, clock });
  return { world, declared, heard, install, metrics: async () => (await metrics.expose()).text };
}

describe('what a plugin has beyond adapters', () => {
  const everything = (context: CapabilityContext) => {
    context.method('hang', { ...METHOD, handler: () => new Promise<string>(() => undefined) });
    context.method('fail', { ...METHOD, handler: () => Promise.reject(new Error('no')) });
    const event = context.event<{ text: string }>('told', EVENT);
    const metric = context.metric('calls', METRIC);
    return { event, metric, health: context.health() };
  };

  it('is gone when the plugin is taken out, and comes back with it', async () => {
    let handles: ReturnType<typeof everything> | undefined;
    const { world, install, heard, metrics } = await installed((context) => (handles = everything(context)));
    const { event, metric, health } = handles ?? expect.fail('there is no setup');
    expect(event.publish({ text: 'early' })).to.equal(false);
    const client = world.connect({ credential: TOKENS.viewer });
    const before = (await client.call('rpc.discover')) as { readonly result?: unknown };
    const remove = install();
    await client.call('subscribe_events', { topics: ['plugin.*', 'plugin.a-test.told'] });
    expect(codeOf(await client.call('a-test.fail'))).to.equal('DEPENDENCY_FAILED');
    health.note('degraded', 'so so');
    metric.record(2);
    expect(event.publish({ text: 'one' })).to.equal(true);
    expect(heard.get('a-test')?.reason).to.equal('method fail threw: no; so so');
    expect(await metrics()).to.include('camera_service_plugin_a_test_calls_total 2');
    const open = client.call('a-test.hang');

    remove();
    expect(codeOf(await open)).to.equal('INVALID_STATE');
    expect(codeOf(await client.call('a-test.fail'))).to.equal('METHOD_NOT_FOUND');
    expect([...heard.keys()]).to.deep.equal([]);
    expect(await metrics()).not.to.include('a_test');
    expect(event.publish({ text: 'late' })).to.equal(false);
    metric.record(1);
    health.note('down');
    expect([...heard.keys()]).to.deep.equal([]);
    expect(await client.call('rpc.discover')).to.deep.equal(before);

    install();
    expect(event.publish({ text: 'two' })).to.equal(true);
    const told = client.got.map(({ params }) => [params['text'], params['sequence']]);
    expect(told).to.deep.equal([
      ['one', 1],
      ['two', 2],
    ]);
  });

  it('leaves nothing when a name is taken', async () => {
    const { world, install, declared } = await installed((context) => {
      context.method('one', { ...METHOD, handler: () => '' });
      context.event('told', EVENT);
    });
    world.hub.declare('plugin.a-test.told', { ...EVENT, payload: FIELDS as never, aliases: [] });
    expect(install).to.throw(TypeError, 'plugin.a-test.told');
    expect(world.methods.get('a-test.one')).to.equal(undefined);
    expect(declared.used).to.deep.equal(['rpc', 'events']);
  });

  it('has no more than 64 handlers that do not end', async () => {
    const { world, install } = await installed(everything);
    install();
    const client = world.connect({ credential: TOKENS.viewer });
    setMaxListeners(0, client.gone.signal);
    const calls = Array.from({ length: 65 }, () => client.call('a-test.hang'));
    expect(codeOf(await (calls[64] ?? expect.fail('no call')))).to.equal('DEPENDENCY_FAILED');
    await world.clock.advance(5_000);
    expect(codeOf(await (calls[0] ?? expect.fail('no call')))).to.equal('DEPENDENCY_FAILED');
    expect(codeOf(await client.call('a-test.hang'))).to.equal('DEPENDENCY_FAILED');
  });

  it('tells how the plugin is once a second at most, and the latest', async () => {
    let handles: ReturnType<typeof everything> | undefined;
    const { world, install, heard } = await installed((context) => (handles = everything(context)));
    install();
    for (const reason of ['one', 'two', 'three']) handles?.health.note('degraded', reason);
    expect(heard.get('a-test')?.reason).to.equal('one');
    await world.clock.advance(1_000);
    expect(heard.get('a-test')?.reason).to.equal('three');
  });

  const wrong: Readonly<Record<string, readonly [(context: CapabilityContext) => unknown, RegExp]>> = {
    'a name with a dot': [(c) => c.event('a.b', EVENT), /lower-case word/],
    'the same name twice': [(c) => [c.event('a', EVENT), c.event('a', EVENT)], /already declared/],
    'no handler': [(c) => c.method('a', METHOD as never), /handler must be a function/],
    'a role that nobody has': [
      (c) => c.event('a', { ...EVENT, role: 'none' as never }),
      /role must be one of/,
    ],
    'a credential as a parameter': [
      (c) =>
        c.method('a', {
          ...METHOD,
          params: { type: 'object', properties: { auth_token: TEXT } },
          handler: () => '',
        }),
      /cannot have "auth_token"/,
    ],
    'a sequence of its own': [
      (c) => c.event('a', { ...EVENT, payload: { type: 'object', properties: { sequence: TEXT } } }),
      /cannot have "sequence"/,
    ],
    'a secret in the trail': [
      (c) =>
        c.method<{ pin: string }, string>('a', {
          ...METHOD,
          params: { type: 'object', properties: { pin: { ...TEXT, writeOnly: true } } },
          audited: ['pin'],
          handler: () => '',
        }),
      /cannot name "pin"/,
    ],
    'a day of time': [
      (c) => c.method('a', { ...METHOD, timeoutMs: 86_400_000, handler: () => '' }),
      /timeoutMs must be/,
    ],
    'five labels': [
      (c) => c.metric('a', { ...METRIC, labels: ['a', 'b', 'c', 'd', 'e'] }),
      /labels must be at most 4/,
    ],
    'a histogram without buckets': [(c) => c.metric('a', { ...METRIC, kind: 'histogram' }), /has buckets/],
  };
  for (const [what, [declare, words]] of Object.entries(wrong))
    it(`is refused when it has ${what}`, () => {
      expect(() => declare(new Declarations('a-test', 'all'))).to.throw(TypeError, words);
    });

  it('is copied as JSON has it, and no further than it may be long', () => {
    const value = { a: [1, 'x', null, true], b: undefined };
    expect(plainCopy(value, 100)).to.deep.equal({ a: [1, 'x', null, true] });
    for (const odd of [Number.NaN, () => 1, Symbol('x'), 1n, undefined, new Array(1e9)])
      expect(() => plainCopy(odd, 1_000)).to.throw(Error, /JSON|longer/);
    expect(Object.getPrototypeOf(plainCopy(JSON.parse('{"__proto__": {"x": 1}}'), 100))).to.equal(
      Object.prototype,
    );
  });
});
