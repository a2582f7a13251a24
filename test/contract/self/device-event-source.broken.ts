import type {
  DeviceEvent,
  DeviceEventSource,
  IdentityHints,
  SourceDescriptor,
} from '../../../ports/device-event-source.js';
import { memoryDeviceWorld } from '../../worlds/memory-capture-worlds.js';
import type { DeviceWorld } from '../device-event-source.contract.js';
import type { Broken } from './expect-caught.js';

type Events = AsyncIterable<DeviceEvent>;

/** A source whose events pass through `change`. */
function changed(change: (events: Events, signal: AbortSignal) => Events): DeviceWorld {
  return memoryDeviceWorld((good) => ({ ...good, watch: (signal) => change(good.watch(signal), signal) }));
}

/** A source whose single events are replaced; `undefined` swallows one. */
function mapped(map: (event: DeviceEvent) => readonly DeviceEvent[]): DeviceWorld {
  return changed(async function* (events) {
    for await (const event of events) yield* map(event);
  });
}

async function* neverEnding(events: Events): AsyncGenerator<DeviceEvent> {
  yield* events;
  await new Promise(() => undefined);
}

async function* onlyFirst(events: Events): AsyncGenerator<DeviceEvent> {
  let isFirst = true;
  for await (const event of events) {
    if (isFirst) yield event;
    isFirst = false;
  }
}

async function* throwing(events: Events, signal: AbortSignal): AsyncGenerator<DeviceEvent> {
  yield* events;
  throw signal.reason;
}

async function* forgetful(events: Events): AsyncGenerator<DeviceEvent> {
  setInterval(() => undefined, 60_000).unref();
  yield* events;
}

const sharedKey = (event: DeviceEvent): DeviceEvent =>
  event.type === 'removed' ? event : { ...event, source: { ...event.source, key: 'camera' } };

const silentSecond = (good: DeviceEventSource): DeviceEventSource => {
  let watches = 0;
  return { ...good, watch: (signal) => (watches++ === 0 ? good.watch(signal) : noEvents()) };
};

async function* noEvents(): AsyncGenerator<DeviceEvent> {
  // Ends at once, whatever is plugged in.
}

/** A source whose devices are described otherwise. */
function described(change: Partial<SourceDescriptor>): DeviceWorld {
  return mapped((event) =>
    event.type === 'removed' ? [event] : [{ ...event, source: { ...event.source, ...change } }],
  );
}

function declared(change: Partial<DeviceEventSource['supports']>): DeviceWorld {
  return memoryDeviceWorld((good) => ({ ...good, supports: { ...good.supports, ...change } }));
}

export const brokenDeviceEventSources: readonly Broken<DeviceWorld>[] = [
  { rule: 'reports-present', world: mapped((event) => (event.type === 'added' ? [] : [event])) },
  { rule: 'reports-unplug', world: mapped((event) => (event.type === 'removed' ? [] : [event])) },
  { rule: 'alternates', world: mapped((event) => [event, event]) },
  { rule: 'unique-keys', world: mapped((event) => [sharedKey(event)]) },
  { rule: 'describes', world: described({ locator: '' }) },
  { rule: 'describes', world: described({ hints: { vendorId: 'F055' } }) },
  { rule: 'describes', world: described({ hints: { serial: '' } }) },
  { rule: 'describes', world: described({ hints: undefined as unknown as IdentityHints }) },
  { rule: 'describes', world: described({ hints: { portPath: (() => '') as unknown as string } }) },
  { rule: 'declares', world: declared({ hotplugLatencyMs: -1 }) },
  { rule: 'kinds', world: declared({ kinds: ['v4l2'] }) },
  { rule: 'kinds', world: declared({ reportsSerial: false }) },
  { rule: 'leaves-nothing', world: changed(forgetful) },
  { rule: 'reports-plug', world: changed(onlyFirst) },
  { rule: 'reports-change', world: mapped((event) => (event.type === 'changed' ? [] : [event])) },
  { rule: 'ends-on-abort', world: changed(neverEnding) },
  { rule: 'ends-on-abort', world: changed(throwing) },
  { rule: 'one-at-a-time', world: memoryDeviceWorld(silentSecond) },
  { rule: 'watches-again', world: memoryDeviceWorld(silentSecond) },
];
