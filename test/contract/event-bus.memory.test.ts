import { createMemoryEventBus } from '../../adapters/event-bus/memory/memory-event-bus.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { eventBusContract } from './event-bus.contract.js';

eventBusContract('event-bus/memory', {
  create: async () => createMemoryEventBus({ log: createMemoryLogger() }),
  withinMs: 100,
  pause: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
});
