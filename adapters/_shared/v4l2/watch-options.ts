import { isAbsolute } from 'node:path';
import { option } from '../../../ports/options.js';
import { PortError } from '../../../ports/port-error.js';
import type { DeviceWatchOptions } from './device-watch.js';

/** Options of both watchers of V4L2 devices, but for how often they look. */
export const WATCH_OPTIONS = {
  directory: option.path({ doc: 'Folder of the device nodes.', default: '/dev' }),
  sysfs: option.path({
    doc: 'Root of sysfs, from which names, serial numbers and ports of cameras are read.',
    default: '/sys',
  }),
  permission_grace_ms: option.ms({
    doc: 'Time to wait for access to a new camera before it is announced, because udev grants the permission late.',
    default: 2000,
  }),
};

/** @throws PortError `OPTION_INVALID`. */
export function checkWatchOptions<T extends DeviceWatchOptions>(options: T): T {
  for (const name of ['directory', 'sysfs'] as const)
    if (!isAbsolute(options[name])) refuse(name, 'an absolute path');
  return options;
}

function refuse(option: string, rule: string): never {
  throw new PortError('OPTION_INVALID', {
    message: `${option} must be ${rule}`,
    detail: { option, rule },
  });
}
