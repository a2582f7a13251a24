/**
 * Notices V4L2 cameras by the uevents of the kernel, read from a netlink socket. Starts nothing and needs no udev daemon; where
 * one runs its messages are heard too, because it gives permissions and names after the kernel has spoken.
 */
import type { Clock } from '../../../ports/clock.js';
import type { DeviceEvent, DeviceEventSource } from '../../../ports/device-event-source.js';
import type { Logger } from '../../../ports/logger.js';
import { withDefaults, type CamelCased, type OptionValue } from '../../../ports/options.js';
import { PortError, isPortError } from '../../../ports/port-error.js';
import { Hearing, watchDevices } from '../../_shared/v4l2/device-watch.js';
import { checkWatchOptions } from '../../_shared/v4l2/watch-options.js';
import { UDEV_OPTIONS } from './options.js';
import { UeventListener } from './uevent-listener.js';
import { UeventSocket } from './uevent-socket.js';

export type UdevOptions = Partial<CamelCased<OptionValue<typeof UDEV_OPTIONS>>>;

export interface UdevDeps {
  readonly clock: Clock;
  readonly log: Logger;
}

export const UDEV = 'udev';

/** A look at the folder and sysfs. */
const HOTPLUG_LATENCY_MS = 5;

/** @throws PortError `OPTION_INVALID`. */
export function createUdevSource(options: UdevOptions, deps: UdevDeps): DeviceEventSource {
  const checked = checkWatchOptions(withDefaults(UDEV_OPTIONS, options));
  const log = deps.log.child({ component: UDEV });
  const hearing = new Hearing(deps.clock);
  let isWatching = false;

  async function* iterate(signal: AbortSignal): AsyncGenerator<DeviceEvent, void, undefined> {
    if (isWatching) throw new TypeError(`${UDEV} is already being watched`);
    isWatching = true;
    try {
      const trigger = async (look: () => void): Promise<() => void> => {
        const listener = new UeventListener(
          await openSocket(),
          { clock: deps.clock, log, reopen: openSocket },
          hearing.of(look),
        );
        listener.start();
        return () => {
          listener.stop();
        };
      };
      yield* watchDevices(checked, { ...deps, trigger }, signal);
    } finally {
      isWatching = false;
    }
  }

  return {
    name: UDEV,
    supports: { hotplugLatencyMs: HOTPLUG_LATENCY_MS, reportsSerial: true, kinds: ['v4l2'] },
    watch: iterate,
    heardAt: hearing.at,
  };
}

async function openSocket(): Promise<UeventSocket> {
  try {
    return await UeventSocket.open();
  } catch (cause) {
    throw new PortError('SOURCE_UNAVAILABLE', {
      message: 'The kernel does not deliver uevents here',
      cause,
      retryable: !isPortError(cause),
      detail: isPortError(cause) ? cause.detail : {},
    });
  }
}
