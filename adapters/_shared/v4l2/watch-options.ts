import { isAbsolute } from 'node:path';
import { PortError } from '../../../ports/port-error.js';
import type { DeviceWatchOptions } from './device-watch.js';

/** Options of both watchers of V4L2 devices. */
export interface WatchOptions {
  /** Folder of the device nodes. Default `/dev`. */
  readonly directory?: string;
  /** Root of sysfs. Default `/sys`. */
  readonly sysfs?: string;
  /** Milliseconds between two looks when nothing calls for one, 100 or more. Default 10 000. */
  readonly intervalMs?: number;
  /** Milliseconds for which a device that may not be opened yet is kept back. Default 2000. */
  readonly permissionGraceMs?: number;
}

/** Fills in the defaults. @throws PortError `OPTION_INVALID`. */
export function checkWatchOptions(options: WatchOptions): DeviceWatchOptions {
  const { directory = '/dev', sysfs = '/sys', intervalMs = 10_000, permissionGraceMs = 2000 } = options;
  if (!isAbsolute(directory)) refuse('directory', 'an absolute path');
  if (!isAbsolute(sysfs)) refuse('sysfs', 'an absolute path');
  if (!Number.isFinite(intervalMs) || intervalMs < 100) refuse('intervalMs', 'a number, 100 or more');
  if (!Number.isFinite(permissionGraceMs) || permissionGraceMs < 0)
    refuse('permissionGraceMs', 'a number, 0 or more');
  return { directory, sysfs, intervalMs, permissionGraceMs };
}

function refuse(option: string, rule: string): never {
  throw new PortError('OPTION_INVALID', {
    message: `${option} must be ${rule}`,
    detail: { option, rule },
  });
}
