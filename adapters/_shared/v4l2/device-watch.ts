import type { Clock } from '../../../ports/clock.js';
import type { DeviceEvent } from '../../../ports/device-event-source.js';
import type { Logger } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import { Difference } from './difference.js';
import { takeInventory } from './inventory.js';
import type { InventoryOptions, Present } from './inventory.js';

/** What both watchers of V4L2 devices are told. */
export interface DeviceWatchOptions extends InventoryOptions {
  /** Milliseconds between two looks when nothing calls for one. */
  readonly intervalMs: number;
  /** How long a device that may not be opened yet is kept back. */
  readonly permissionGraceMs: number;
}

export interface DeviceWatchDeps {
  readonly clock: Clock;
  readonly log: Logger;
}

/** Remembers when a watcher last heard something, for whoever wants to know whether it can. */
export class Hearing {
  #at: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** @returns `look`, which from here on counts as hearing. */
  of(look: () => void): () => void {
    return () => {
      this.#at = this.clock.monotonicMs();
      look();
    };
  }

  readonly at = (): number | undefined => this.#at;
}

/** Calls `look` whenever something may have changed, until the returned function is called. */
export type Trigger = (look: () => void) => Promise<() => void>;

/** While a device waits for its permission. */
const WAITING_MS = 20;
/** Links and permissions of a udev daemon come after the node. */
const SETTLING_MS = 500;

/**
 * Compares what is there with what was there at each call of the trigger and at intervals. The kernel's state is the truth and
 * triggers are hints: a lost, doubled or invented one does no harm.
 * @throws PortError `SOURCE_UNAVAILABLE`.
 */
export async function* watchDevices(
  options: DeviceWatchOptions,
  deps: DeviceWatchDeps & { readonly trigger: Trigger },
  signal: AbortSignal,
): AsyncGenerator<DeviceEvent, void, undefined> {
  if (signal.aborted) return;
  const difference = new Difference(options.permissionGraceMs);
  const bell = new Bell(deps.clock);
  const release = once(
    await deps.trigger(() => {
      bell.ring();
    }),
  );
  const end = (): void => {
    release();
    bell.ring();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    // The signal may have aborted while the trigger was set up.
    while (!isAborted(signal)) {
      const events = difference.update(await inventory(options), deps.clock.monotonicMs());
      yield* untilAborted(events, signal);
      const pauseMs = difference.isWaiting
        ? WAITING_MS
        : events.length > 0
          ? SETTLING_MS
          : options.intervalMs;
      if (!isAborted(signal)) await bell.wait(Math.min(pauseMs, options.intervalMs));
    }
  } finally {
    signal.removeEventListener('abort', end);
    release();
  }
}

function* untilAborted(events: readonly DeviceEvent[], signal: AbortSignal): Generator<DeviceEvent> {
  for (const event of events) {
    if (isAborted(signal)) return;
    yield event;
  }
}

async function inventory(options: InventoryOptions): Promise<readonly Present[]> {
  try {
    return await takeInventory(options);
  } catch (cause) {
    throw new PortError('SOURCE_UNAVAILABLE', {
      message: `The folder of device nodes cannot be read: ${options.directory}`,
      cause,
      retryable: true,
      detail: { directory: options.directory },
    });
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function once(release: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    release();
  };
}

/** Remembers one ring, so that none is missed while nobody waits. */
class Bell {
  #isRung = false;
  #wake: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const cancel = this.clock.after(atMostMs, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#isRung = false;
  }
}
