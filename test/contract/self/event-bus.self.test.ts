import { eventBusContract, type EventBusWorld } from '../event-bus.contract.js';
import { brokenEventBuses } from './event-bus.broken.js';
import { expectCaught } from './expect-caught.js';

describe('the contract of EventBus', () => {
  for (const broken of brokenEventBuses)
    it(`catches an adapter that breaks [${broken.rule}]`, () =>
      expectCaught<EventBusWorld>((world) => eventBusContract('broken', world), broken));
});
