import { readFile, readdir, readlink } from 'node:fs/promises';
import { PortError, isPortError } from '../../../ports/port-error.js';

/**
 * A failed call on a camera's node, in the words of the port. Errors that are words of the port already, and aborts, stay as
 * they are.
 * @param path the node; its holder is looked for when it is busy.
 */
export async function toDeviceError(error: unknown, path: string): Promise<unknown> {
  if (isPortError(error)) return error;
  const code = errnoName(error);
  switch (code) {
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return new PortError('DEVICE_GONE', { message: 'The camera is gone', cause: error, retryable: true });
    case 'EACCES':
    case 'EPERM':
      return forbidden(error);
    case 'EBUSY':
      return busy(error, await findHolder(path));
    case 'ENOSPC':
      return unsupported(error, 'usb_bandwidth', USB_REMEDY);
    case 'ENOTTY':
      return unsupported(error, 'not_capture', 'The node is no V4L2 device');
    case undefined:
      return error;
    default:
      return unsupported(error, 'io_error', `The camera answered with ${code}`);
  }
}

const USB_REMEDY = 'The USB bus has no bandwidth left: use MJPEG, a smaller size or another USB controller';

function forbidden(cause: unknown): PortError {
  return new PortError('DEVICE_FORBIDDEN', {
    message: 'The camera may not be opened by this user',
    cause,
    retryable: true,
    detail: { remedy: 'Add the user of the service to the group that owns the node, usually video' },
  });
}

function busy(cause: unknown, holder: string | undefined): PortError {
  return new PortError('DEVICE_BUSY', {
    message: holder === undefined ? 'Another program uses the camera' : `The camera is used by ${holder}`,
    cause,
    retryable: true,
    detail: holder === undefined ? {} : { holder },
  });
}

function unsupported(cause: unknown, reason: string, message: string): PortError {
  return new PortError('DEVICE_UNSUPPORTED', {
    message,
    cause,
    retryable: reason !== 'not_capture',
    detail: { reason },
  });
}

/** The name of the errno of a failed call, `undefined` when the error is none. */
export function errnoName(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/**
 * The program that has a node open, as `name (pid 123)`, when this user may see it.
 * @param except a process that does not count.
 */
export async function findHolder(path: string, except = process.pid): Promise<string | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((n) => /^\d+$/.test(n));
  for (const pid of pids) {
    if (Number(pid) === except || !(await hasOpen(pid, path))) continue;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    return `${name || 'a process'} (pid ${pid})`;
  }
  return undefined;
}

async function hasOpen(pid: string, path: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const fd of await readdir(folder).catch(() => [])) {
    if ((await readlink(`${folder}/${fd}`).catch(() => '')) === path) return true;
  }
  return false;
}
