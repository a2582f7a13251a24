/** Carries events inside the process. */
import { createMemoryEventBus } from '../../adapters/event-bus/memory/memory-event-bus.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'event-bus-memory',
  apiVersion: 1,
  setup(context) {
    context.provide('EventBus', 'memory', {
      create: (adapter) => createMemoryEventBus(adapter),
    });
  },
});
