/** An EventBus within one process. */
import type { BusEvent, EventBus } from '../../../ports/event-bus.js';
import type { Logger } from '../../../ports/logger.js';

export const MEMORY_EVENT_BUS = 'memory';

/** Listeners run in the publisher's own turn, so that an event costs no queue and no memory. */
export function createMemoryEventBus(deps: { readonly log: Logger }): EventBus {
  let listeners: readonly Subscription[] = [];
  // An event published by a listener waits until the one under way has reached everybody: order is kept for all.
  const waiting: BusEvent[] = [];
  let delivering = false;
  let isRunning = false;

  return {
    name: MEMORY_EVENT_BUS,
    supports: { remote: false },
    async start(signal) {
      signal.throwIfAborted();
      isRunning = true;
    },
    async stop() {
      isRunning = false;
      waiting.length = 0;
    },
    publish(event) {
      if (!isRunning) return;
      if (waiting.length >= MAX_WAITING) {
        deps.log.error('an event was dropped: listeners publish endlessly', { topic: event.topic });
        return;
      }
      waiting.push(event);
      if (delivering) return;
      delivering = true;
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        deliver(next, listeners, deps.log);
      delivering = false;
    },
    subscribe(listener) {
      const subscription = { listener, active: true };
      listeners = [...listeners, subscription];
      return () => {
        subscription.active = false;
        listeners = listeners.filter((other) => other !== subscription);
      };
    },
  };
}

interface Subscription {
  readonly listener: (event: BusEvent) => void;
  active: boolean;
}

function deliver(event: BusEvent, listeners: readonly Subscription[], log: Logger): void {
  for (const subscription of listeners) {
    if (!subscription.active) continue;
    try {
      subscription.listener(event);
    } catch (error) {
      log.error('a listener of the event bus failed', { topic: event.topic, error });
    }
  }
}

/** How many events listeners may publish while one is being delivered. */
const MAX_WAITING = 10_000;
