import { expect } from 'chai';

import type { BusEvent, EventBus } from '../../ports/event-bus.js';
import { identityTrait, isFlag } from './identity.trait.js';
import { lifecycleTrait } from './lifecycle.trait.js';
import { afterEach, contractSuite, describe, it } from './runner.contract.js';

export interface EventBusWorld {
  create(): Promise<EventBus>;
  /** How long an event may take to reach a listener. */
  readonly withinMs: number;
  /** Waits in the world's own time. */
  pause(durationMs: number): Promise<void>;
}

const event = (n: number): BusEvent => ({
  topic: 'camera.connected',
  at: 1000 + n,
  origin: '',
  payload: { n },
});

export const eventBusContract = contractSuite((name, world: EventBusWorld) => {
  describe(`${name} as an EventBus`, () => {
    let buses: EventBus[] = [];
    const started = async (): Promise<EventBus> => {
      const bus = await world.create();
      buses.push(bus);
      await bus.start(new AbortController().signal);
      return bus;
    };
    const until = async (isTrue: () => boolean): Promise<void> => {
      for (let waited = 0; !isTrue() && waited < world.withinMs; waited += 5) await world.pause(5);
    };
    afterEach(async () => {
      for (const bus of buses) await bus.stop(new AbortController().signal);
      buses = [];
    });

    identityTrait(() => world.create(), { remote: isFlag });
    lifecycleTrait(async () => {
      const bus = await world.create();
      const isUp = async (): Promise<boolean> => {
        let heard = 0;
        const end = bus.subscribe(() => void heard++);
        bus.publish(event(0));
        await world.pause(10);
        end();
        return heard > 0;
      };
      return { start: (signal) => bus.start(signal), stop: (signal) => bus.stop(signal), isUp };
    }, world.withinMs);

    it('[delivers] delivers the whole event to every listener', async () => {
      const bus = await started();
      const seen: BusEvent[][] = [[], []];
      for (const list of seen) bus.subscribe((one) => void list.push(one));
      bus.publish(event(1));
      await until(() => seen.every((list) => list.length === 1));
      for (const list of seen) expect(list).to.deep.equal([event(1)]);
    });

    it('[order] keeps the order of publication', async () => {
      const bus = await started();
      const seen: unknown[] = [];
      bus.subscribe(({ payload }) => void seen.push(payload['n']));
      for (let n = 0; n < 500; n++) bus.publish(event(n));
      await until(() => seen.length === 500);
      expect(seen).to.deep.equal(Array.from({ length: 500 }, (_, n) => n));
    });

    it('[order-nested] keeps the same order for all listeners if a listener publishes', async () => {
      const bus = await started();
      const seen: unknown[] = [];
      bus.subscribe(({ payload }) => {
        if (payload['n'] === 1) bus.publish(event(2));
      });
      bus.subscribe(({ payload }) => void seen.push(payload['n']));
      bus.publish(event(1));
      await until(() => seen.length === 2);
      expect(seen).to.deep.equal([1, 2]);
    });

    it('[isolates] delivers the event to all other listeners if one throws, and publish does not throw', async () => {
      const bus = await started();
      const seen: BusEvent[] = [];
      bus.subscribe(() => {
        throw new Error('listener failed');
      });
      bus.subscribe((one) => void seen.push(one));
      bus.publish(event(1));
      bus.publish(event(2));
      await until(() => seen.length === 2);
      expect(seen).to.have.length(2);
    });

    it('[unsubscribes] ends one subscription and no other, and may be called again', async () => {
      const bus = await started();
      let gone = 0;
      let kept = 0;
      const listener = (): void => void gone++;
      const end = bus.subscribe(listener);
      bus.subscribe(() => void kept++);
      end();
      end();
      bus.publish(event(1));
      await until(() => kept === 1);
      expect([gone, kept]).to.deep.equal([0, 1]);
    });

    it('[same-listener] calls a function twice if it has subscribed twice, until one of the subscriptions ends', async () => {
      const bus = await started();
      let calls = 0;
      const listener = (): void => void calls++;
      const end = bus.subscribe(listener);
      bus.subscribe(listener);
      bus.publish(event(1));
      await until(() => calls === 2);
      expect(calls).to.equal(2);
      end();
      bus.publish(event(2));
      await until(() => calls === 3);
      expect(calls).to.equal(3);
    });

    it('[stop] ignores events published after stop, which may be repeated', async () => {
      const bus = await started();
      let calls = 0;
      bus.subscribe(() => void calls++);
      const { signal } = new AbortController();
      await bus.stop(signal);
      await bus.stop(signal);
      bus.publish(event(1));
      await world.pause(20);
      expect(calls).to.equal(0);
    });

    it('[stop-unstarted] can be stopped without a start', async () => {
      const bus = await world.create();
      await bus.stop(new AbortController().signal);
    });

    it('[start-aborted] rejects a start with an aborted signal, with its reason', async () => {
      const bus = await world.create();
      buses.push(bus);
      const reason = new Error('stopping');
      const outcome = await bus.start(AbortSignal.abort(reason)).catch((error: unknown) => error);
      expect(outcome).to.equal(reason);
    });
  });
});
