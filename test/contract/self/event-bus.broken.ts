import { createMemoryEventBus } from '../../../adapters/event-bus/memory/memory-event-bus.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import type { BusEvent, EventBus } from '../../../ports/event-bus.js';
import type { EventBusWorld } from '../event-bus.contract.js';
import type { Broken } from './expect-caught.js';

type Listener = (event: BusEvent) => void;

export const brokenEventBuses: readonly Broken<EventBusWorld>[] = [
  broken('delivers', (bus) => ({
    subscribe: (listener) => bus.subscribe((event) => listener({ ...event, at: 0 })),
  })),
  broken('order', (bus) => ({
    publish: (event) => void setTimeout(() => bus.publish(event), Math.random() * 10),
  })),
  direct('order-nested'),
  direct('isolates'),
  broken('unsubscribes', (bus) => ({ subscribe: (listener) => (bus.subscribe(listener), () => undefined) })),
  broken('same-listener', (bus) => {
    const known = new Set<Listener>();
    return {
      subscribe: (listener) =>
        known.has(listener) ? () => undefined : (known.add(listener), bus.subscribe(listener)),
    };
  }),
  broken('stop', () => ({ stop: async () => undefined })),
  broken('stop-unstarted', (bus) => {
    let isStarted = false;
    return {
      start: async (signal) => ((isStarted = true), bus.start(signal)),
      stop: async () => {
        if (!isStarted) throw new Error('not started');
      },
    };
  }),
  broken('start-aborted', () => ({ start: async () => undefined })),
];

function broken(rule: string, spoil: (bus: EventBus) => Partial<EventBus>): Broken<EventBusWorld> {
  const create = async (): Promise<EventBus> => {
    const bus = createMemoryEventBus({ log: createMemoryLogger() });
    return { ...bus, ...spoil(bus) };
  };
  return {
    rule,
    world: { create, withinMs: 100, pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
  };
}

/** Calls listeners one by one, unprotected. */
function direct(rule: string): Broken<EventBusWorld> {
  return broken(rule, () => {
    const listeners = new Set<Listener>();
    return {
      publish: (event) => listeners.forEach((listener) => listener(event)),
      subscribe: (listener) => (listeners.add(listener), () => void listeners.delete(listener)),
    };
  });
}
