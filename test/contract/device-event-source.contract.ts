import { expect } from 'chai';
import type { DeviceEvent, DeviceEventSource } from '../../ports/device-event-source.js';
import { before, failure } from './outcome.js';
import { leavesNothing } from './left-open.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';
import { afterEach, contractSuite, describe, it, timeout } from './runner.contract.js';

/** Devices that the suite can plug and pull, numbered from 1. None is plugged in at first. */
export interface DeviceWorld {
  create(): DeviceEventSource | Promise<DeviceEventSource>;
  plug(device: number): Promise<void>;
  unplug(device: number): Promise<void>;
  /** Gives a device that is plugged in another name, where the outside can do so. */
  change?(device: number): Promise<void>;
  /** Pulls everything and forgets the source. */
  reset(): Promise<void>;
  /** How soon an event must have come, in milliseconds. */
  readonly withinMs: number;
}

/** What every DeviceEventSource does. */
export const deviceEventSourceContract = contractSuite((name, world: DeviceWorld) => {
  describe(`${name} as a DeviceEventSource`, () => {
    timeout(world.withinMs * 8 + 2000);
    const watchers: Watcher[] = [];
    const watch = async (source?: DeviceEventSource): Promise<Watcher> => {
      const watcher = new Watcher(source ?? (await world.create()), world.withinMs);
      watchers.push(watcher);
      return watcher;
    };

    afterEach(async () => {
      await Promise.all(watchers.splice(0).map((watcher) => watcher.end().catch(() => undefined)));
      await world.reset();
    });

    optionalLifecycleTrait(async () => await world.create(), world.withinMs);

    it('[reports-present] reports a device that was already plugged in', async () => {
      await world.plug(1);
      const event = await (await watch()).next();
      expect(event.type).to.equal('added');
    });

    it('[reports-plug] reports a device that is plugged in later', async () => {
      await world.plug(1);
      const watcher = await watch();
      const first = await watcher.next();
      await world.plug(2);
      const second = await watcher.next();
      expect(second.type).to.equal('added');
      expect(keyOf(second)).not.to.equal(keyOf(first));
    });

    it('[reports-unplug] reports that a device was unplugged, with the key of its announcement', async () => {
      await world.plug(1);
      const watcher = await watch();
      const added = await watcher.next();
      await world.unplug(1);
      expect(await watcher.next()).to.deep.equal({ type: 'removed', key: keyOf(added) });
    });

    it('[leaves-nothing] leaves nothing open when its watch has ended', async () => {
      await world.plug(1);
      const source = await world.create();
      await leavesNothing(async () => {
        const watcher = await watch(source);
        await watcher.next();
        await watcher.end();
        await source.stop?.(new AbortController().signal);
      }, world.withinMs * 3);
    });

    it('[alternates] reports exactly one added after each removed when a device is plugged in again', async () => {
      await world.plug(1);
      const watcher = await watch();
      const types = [(await watcher.next()).type];
      for (let turn = 0; turn < 2; turn += 1) {
        await world.unplug(1);
        types.push((await watcher.next()).type);
        await world.plug(1);
        types.push((await watcher.next()).type);
      }
      expect(types).to.deep.equal(['added', 'removed', 'added', 'removed', 'added']);
      await world.plug(2);
      expect((await watcher.next()).type, 'nothing more about the first').to.equal('added');
    });

    it('[unique-keys] gives each device its own key', async () => {
      await world.plug(1);
      await world.plug(2);
      const watcher = await watch();
      const keys = [keyOf(await watcher.next()), keyOf(await watcher.next())];
      expect(new Set(keys).size).to.equal(2);
    });

    it('[describes] describes the device in plain data, with everything the registry needs', async () => {
      await world.plug(1);
      const event = await (await watch()).next();
      if (event.type === 'removed') return expect.fail('not added');
      const { key, kind, locator, name: label, hints } = event.source;
      for (const text of [key, kind, locator]) expect(text).to.be.a('string').and.not.equal('');
      expect(label).to.be.a('string');
      for (const id of [hints.vendorId, hints.productId])
        if (id !== undefined) expect(id).to.match(/^[0-9a-f]{4}$/);
      for (const hint of [hints.serial, hints.portPath, hints.usbInterface])
        if (hint !== undefined) expect(hint).to.be.a('string').and.not.equal('');
      expect(structuredClone(event)).to.deep.equal(event);
    });

    if (world.change !== undefined) {
      it('[reports-change] reports changed properties of a device under the same key', async () => {
        await world.plug(1);
        const watcher = await watch();
        const added = await watcher.next();
        await world.change?.(1);
        const changed = await watcher.next();
        expect(changed.type).to.equal('changed');
        expect(keyOf(changed)).to.equal(keyOf(added));
      });
    }

    it('[ends-on-abort] ends without an error when aborted, immediately if already aborted', async () => {
      const watcher = await watch();
      const waiting = watcher.step();
      watcher.abort();
      expect((await waiting).done, 'while waiting').to.equal(true);
      const early = AbortSignal.abort();
      const source = await world.create();
      for await (const event of source.watch(early)) expect.fail(`unexpected ${event.type}`);
    });

    it('[one-at-a-time] refuses a second watch with a TypeError while the first is running', async () => {
      await world.plug(1);
      const source = await world.create();
      await (await watch(source)).next();
      const second = async (): Promise<unknown> =>
        source.watch(AbortSignal.timeout(world.withinMs))[Symbol.asyncIterator]().next();
      const error = await failure(second());
      expect(error).to.be.instanceOf(TypeError);
    });

    it('[watches-again] can be watched again after the first watch has ended', async () => {
      await world.plug(1);
      const source = await world.create();
      const first = await watch(source);
      const before = await first.next();
      await first.end();
      const again = await (await watch(source)).next();
      expect(again.type).to.equal('added');
      expect(keyOf(again)).to.equal(keyOf(before));
    });

    it('[declares] declares its latency in milliseconds', async () => {
      const { name: own, supports } = await world.create();
      expect(own).to.match(/^[a-z][a-z0-9-]*$/);
      expect(supports.hotplugLatencyMs).to.be.at.least(0);
      expect(supports.reportsSerial).to.be.a('boolean');
    });

    it('[kinds] announces only the kinds that it declares', async () => {
      await world.plug(1);
      const source = await world.create();
      const event = await (await watch(source)).next();
      if (event.type === 'removed') return expect.fail('not added');
      const { kinds, reportsSerial } = source.supports;
      if (kinds !== undefined) expect(kinds).to.include(event.source.kind);
      if (!reportsSerial)
        expect(event.source.hints.serial, 'a serial, which it says it does not report').to.equal(undefined);
    });
  });
});

/** One iteration, driven step by step. */
class Watcher {
  readonly #stop = new AbortController();
  readonly #iterator: AsyncIterator<DeviceEvent>;
  readonly #withinMs: number;

  constructor(source: DeviceEventSource, withinMs: number) {
    this.#iterator = source.watch(this.#stop.signal)[Symbol.asyncIterator]();
    this.#withinMs = withinMs;
  }

  step(): Promise<IteratorResult<DeviceEvent>> {
    return before(this.#iterator.next(), this.#withinMs);
  }

  async next(): Promise<DeviceEvent> {
    const { done, value } = await this.step();
    if (done === true) return expect.fail('the source ended by itself');
    return value;
  }

  abort(): void {
    this.#stop.abort();
  }

  async end(): Promise<void> {
    this.abort();
    const drain = async (): Promise<void> => {
      while ((await this.#iterator.next()).done !== true);
    };
    await before(drain(), this.#withinMs);
  }
}

function keyOf(event: DeviceEvent): string {
  return event.type === 'removed' ? event.key : event.source.key;
}
