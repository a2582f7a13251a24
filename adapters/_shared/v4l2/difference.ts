import type { DeviceEvent, SourceDescriptor } from '../../../ports/device-event-source.js';
import type { Present } from './inventory.js';

interface Known extends Present {
  readonly announced: boolean;
  readonly since: number;
}

/** Turns successive inventories into events. Holds nothing but what is present. */
export class Difference {
  readonly #known = new Map<string, Known>();
  /** Further nodes of a camera whose first node has gone; they are about to go too and are no camera of their own. */
  #followers: ReadonlySet<string> = new Set();

  /** @param graceMs how long a device without permission is kept back before it is announced all the same. */
  constructor(private readonly graceMs: number) {}

  /** True while a device waits for its permission. */
  get isWaiting(): boolean {
    return [...this.#known.values()].some((k) => !k.announced);
  }

  /** @param now on a clock that never jumps. */
  update(found: readonly Present[], now: number): readonly DeviceEvent[] {
    const devices = found.filter((d) => d.leads || !this.#followers.has(d.source.locator));
    const left = found.filter((d) => !devices.includes(d)).map((d) => d.source.locator);
    this.#followers = new Set([...left, ...found.flatMap((d) => d.source.siblings ?? [])]);
    const present = new Map(devices.map((d) => [d.source.key, d]));
    const events: DeviceEvent[] = [];
    for (const [key, known] of this.#known) {
      if (present.get(key)?.generation === known.generation) continue;
      if (known.announced) events.push({ type: 'removed', key });
      this.#known.delete(key);
    }
    return [...events, ...devices.flatMap((device) => this.#note(device, now))];
  }

  #note(device: Present, now: number): readonly DeviceEvent[] {
    const before = this.#known.get(device.source.key);
    const since = before?.since ?? now;
    const announced = before?.announced === true || device.permitted || now - since >= this.graceMs;
    this.#known.set(device.source.key, { ...device, announced, since });
    if (!announced) return [];
    if (before?.announced !== true) return [{ type: 'added', source: device.source }];
    if (before.permitted === device.permitted && isSame(before.source, device.source)) return [];
    return [{ type: 'changed', source: device.source }];
  }
}

/** Further nodes come a moment after the first one; that is no news about the camera. */
function isSame(a: SourceDescriptor, b: SourceDescriptor): boolean {
  const facts = ({ key, locator, name, hints }: SourceDescriptor): string =>
    JSON.stringify([key, locator, name, hints]);
  return facts(a) === facts(b);
}
