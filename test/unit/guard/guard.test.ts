import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { createManualClock, type ManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import type { PortMap, PortName } from '../../../plugins/api/index.js';
import { FaultBook, type PluginFault } from '../../../plugins/guard/fault-book.js';
import { guardAdapter, requireAdapter } from '../../../plugins/guard/guard-adapter.js';
import { isPortError, PortError } from '../../../ports/index.js';

const KINDS = { kinds: ['x'] };
const NEVER = new Promise<never>(() => undefined);
const live = (): AbortSignal => new AbortController().signal;

async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

describe('the guard of adapters', () => {
  let clock: ManualClock;
  let faults: FaultBook;
  let heard: Map<string, PluginFault>;

  beforeEach(() => {
    clock = createManualClock();
    faults = new FaultBook(createMemoryLogger());
    heard = new Map();
    faults.follow((plugin, fault) => fault && heard.set(plugin, fault));
  });

  function guarded<P extends PortName>(port: P, adapter: object): PortMap[P] {
    const as = { plugin: 'acme', name: 'thing', isRequired: false };
    return guardAdapter(port, adapter as PortMap[P], { as, deps: { clock, faults } });
  }
  const probe = (answer: () => unknown): PortMap['CameraProbe'] =>
    guarded('CameraProbe', { name: 'thing', supports: KINDS, probe: answer });
  const ask = (answer: () => unknown, signal = live()): Promise<unknown> =>
    probe(answer)
      .probe({} as never, signal)
      .catch((cause: unknown) => cause);
  const reason = (): string | undefined => heard.get('acme')?.reason;

  const sound = { driver: 'd', card: 'c', bus: '', formats: [], controls: [] };

  it('hands over a copy of what is sound, and says nothing', async () => {
    const answer = await ask(() => Promise.resolve(sound));
    expect(answer).to.deep.equal(sound);
    expect(answer).not.to.equal(sound);
    expect(heard.size).to.equal(0);
  });

  it('takes as many pixel formats as a driver may list: vivid has more than a hundred', async () => {
    const format = { pixelFormat: 'YUYV', description: '', compressed: false, sizes: [] };
    await ask(() => Promise.resolve({ ...sound, formats: Array.from({ length: 300 }, () => format) }));
    expect(reason()).to.equal(undefined);
  });

  it('passes on the errors of the contract as they are', async () => {
    const gone = new PortError('DEVICE_GONE');
    expect(await ask(() => Promise.reject(gone))).to.equal(gone);
    expect(heard.size).to.equal(0);
  });

  const WRONG: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
    'throws at once': [
      () => {
        throw new Error('planted');
      },
      /CameraProbe\/thing\.probe threw: planted/,
    ],
    'rejects with a text': [() => Promise.reject('a text'), /threw: a text/],
    'rejects with nothing': [() => Promise.reject(undefined), /threw: undefined/],
    'rejects with what cannot be shown': [
      () => Promise.reject(Object.create(null) as Error),
      /threw: a value that cannot be displayed/,
    ],
    'answers nothing': [() => undefined, /returned an invalid value/],
    'leaves out a field': [
      () => ({ card: '', bus: '', formats: [], controls: [] }),
      /invalid value: driver is missing/,
    ],
    'answers another type': [() => ({ ...sound, formats: 'many' }), /invalid value: formats is invalid/],
    'answers what throws when it is read': [
      () => ({
        get driver() {
          throw new Error('trap');
        },
      }),
      /invalid value: trap/,
    ],
    'answers more than there can be': [
      () => ({ ...sound, controls: Array.from({ length: 2_000 }, () => ({ name: 'a', type: 'integer' })) }),
      /invalid value: controls is invalid/,
    ],
  };
  for (const [what, [answer, words]] of Object.entries(WRONG))
    it(`makes ADAPTER_FAILED of an adapter that ${what}, and names it`, async () => {
      const error = await ask(answer);
      expect(isPortError(error, 'ADAPTER_FAILED'), String(error)).to.equal(true);
      expect((error as PortError).detail).to.include({ plugin: 'acme', method: 'probe' });
      expect(reason()).to.match(words);
      expect(heard.get('acme')?.state).to.equal('degraded');
    });

  it('is content again when the same call goes well', async () => {
    await ask(() => undefined);
    expect(heard.get('acme')?.state).to.equal('degraded');
    await ask(() => sound);
    expect(heard.get('acme')).to.deep.equal({ state: 'ok' });
  });

  it('does not wait for an adapter that does not heed its signal', async () => {
    const controller = new AbortController();
    const asked = ask(() => NEVER, controller.signal);
    const why = new Error('enough');
    controller.abort(why);
    await turns();
    await clock.advance(1_000);
    expect(await asked).to.equal(why);
    expect(reason()).to.match(/did not end within 1000 ms/);
  });

  it('ends a call that nobody ends', async () => {
    const asked = ask(() => NEVER);
    await turns();
    await clock.advance(30_000);
    await turns();
    await clock.advance(1_000);
    expect(isPortError(await asked, 'ADAPTER_FAILED')).to.equal(true);
    expect(reason()).to.match(/did not respond within 30000 ms/);
  });

  it('lets no text of a plugin grow without end, nor write lines of its own', async () => {
    await ask(() => Promise.reject(new Error(`a\nb\u001b[31m${'x'.repeat(10_000)}`)));
    expect(reason()?.length).to.be.lessThan(500);
    expect(reason()).to.not.match(/\p{Cc}/u);
  });

  describe('of a source', () => {
    const device = (n: number): object => ({
      type: 'added',
      source: { key: `k${String(n)}`, kind: 'x', locator: 'l', name: 'n', hints: {} },
    });
    const source = (watch: (signal: AbortSignal) => unknown): PortMap['DeviceEventSource'] =>
      guarded('DeviceEventSource', { name: 'thing', supports: {}, watch });
    async function keys(watch: (signal: AbortSignal) => unknown): Promise<readonly string[]> {
      const found: string[] = [];
      try {
        for await (const event of source(watch).watch(live()))
          found.push(event.type === 'removed' ? `-${event.key}` : event.source.key);
      } catch (cause) {
        found.push((cause as PortError).code);
      }
      return found;
    }

    it('passes on sound events, and skips the others', async () => {
      const found = await keys(async function* () {
        await Promise.resolve();
        yield* [device(1), 7, { type: 'added', source: {} }, device(2), device(2)];
        yield { type: 'removed', key: 'k9' };
        yield { type: 'removed', key: 'k1' };
      });
      expect(found).to.deep.equal(['k1', 'k2', '-k1', 'ADAPTER_FAILED']);
      expect(reason()).to.match(/watch ended by itself/);
    });

    it('does not let one that never pauses keep others from their turn, and believes nothing of it', async () => {
      let told = 0;
      const found = await keys(async function* () {
        await Promise.resolve();
        for (;;) yield device((told += 1));
      });
      expect(found).to.deep.equal(['ADAPTER_FAILED']);
      expect(told).to.be.lessThan(5_000);
    });

    it('takes back what one has told that has news all the time', async () => {
      const found = await keys(async function* () {
        for (let n = 0; ; n += 1) {
          yield n < 2 ? device(n) : { ...device(0), type: 'changed' };
          await turns(3);
        }
      });
      expect(found.slice(0, 2)).to.deep.equal(['k0', 'k1']);
      expect(found.slice(-3)).to.deep.equal(['-k0', '-k1', 'ADAPTER_FAILED']);
    });

    it('ends when it is told to, whatever the source does', async () => {
      const controller = new AbortController();
      const watching = source(async function* () {
        yield device(1);
        await NEVER;
      }).watch(controller.signal);
      const found: unknown[] = [];
      const over = (async () => {
        for await (const event of watching) found.push(event);
      })();
      await turns(20);
      controller.abort();
      await turns();
      await clock.advance(1_000);
      await over;
      expect(found).to.have.lengthOf(1);
      expect(reason()).to.match(/did not end within 1000 ms/);
    });
  });

  describe('of what a factory made', () => {
    const BAD: Readonly<Record<string, readonly [PortName, unknown]>> = {
      nothing: ['Capture', undefined],
      'a text': ['Capture', 'capture'],
      'an adapter of another port': ['Capture', { name: 'a', supports: KINDS, grab: () => undefined }],
      'no name': ['CameraProbe', { supports: KINDS, probe: () => undefined }],
      'kinds that are no list': [
        'CameraProbe',
        { name: 'a', supports: { kinds: 'x' }, probe: () => undefined },
      ],
      'half a store': ['StateStore', { read: () => undefined }],
    };
    for (const [what, [port, adapter]] of Object.entries(BAD))
      it(`refuses ${what}`, () => {
        expect(() => {
          requireAdapter(port, adapter);
        }).to.throw(/^created /);
      });
  });
});
