import { watch } from 'node:fs';
import type { Clock } from '../../../ports/clock.js';
import type { DeviceEvent, DeviceEventSource } from '../../../ports/device-event-source.js';
import type { Logger } from '../../../ports/logger.js';
import { withDefaults, type CamelCased, type OptionValue } from '../../../ports/options.js';
import { PortError } from '../../../ports/port-error.js';
import { Hearing, watchDevices } from '../../_shared/v4l2/device-watch.js';
import { isVideoNode } from '../../_shared/v4l2/inventory.js';
import { checkWatchOptions } from '../../_shared/v4l2/watch-options.js';
import { FSNOTIFY_POLL_OPTIONS } from './options.js';

/**
 * Notices V4L2 cameras by inotify on the folder of the device nodes and, slowly, by looking. Needs no uevents, so that it works
 * inside containers.
 */
export interface FsnotifyPollDeps {
  readonly clock: Clock;
  readonly log: Logger;
}

export type FsnotifyPollOptions = Partial<CamelCased<OptionValue<typeof FSNOTIFY_POLL_OPTIONS>>>;

export const FSNOTIFY_POLL = 'fsnotify-poll';

/** @throws PortError `OPTION_INVALID`. */
export function createFsnotifyPollSource(
  options: FsnotifyPollOptions,
  deps: FsnotifyPollDeps,
): DeviceEventSource {
  const checked = checkWatchOptions(withDefaults(FSNOTIFY_POLL_OPTIONS, options));
  const log = deps.log.child({ component: FSNOTIFY_POLL });
  const hearing = new Hearing(deps.clock);
  let isWatching = false;

  async function* iterate(signal: AbortSignal): AsyncGenerator<DeviceEvent, void, undefined> {
    if (isWatching) throw new TypeError(`${FSNOTIFY_POLL} is already being watched`);
    isWatching = true;
    try {
      const trigger = (look: () => void): Promise<() => void> =>
        Promise.resolve(listen(checked.directory, hearing.of(look), log));
      yield* watchDevices(checked, { ...deps, trigger }, signal);
    } finally {
      isWatching = false;
    }
  }

  return {
    name: FSNOTIFY_POLL,
    supports: { hotplugLatencyMs: 10, reportsSerial: true, kinds: ['v4l2'] },
    watch: iterate,
    heardAt: hearing.at,
  };
}

/** Without inotify (the user's limit is reached, or the file system has none) looking at intervals is left. */
function listen(directory: string, look: () => void, log: Logger): () => void {
  try {
    const watcher = watch(directory, { persistent: false }, (_, name) => {
      if (name === null || isVideoNode(name)) look();
    });
    watcher.on('error', (error) => {
      log.warn('inotify failed; devices are detected only by polling', { error, directory });
    });
    return () => {
      watcher.close();
    };
  } catch (cause) {
    if (isMissing(cause)) throw unavailable(directory, cause);
    log.warn('inotify is not available; devices are detected only by polling', { error: cause, directory });
    return () => undefined;
  }
}

function unavailable(directory: string, cause: unknown): PortError {
  return new PortError('SOURCE_UNAVAILABLE', {
    message: `The folder of device nodes cannot be watched: ${directory}`,
    cause,
    retryable: true,
    detail: { directory },
  });
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES';
}
