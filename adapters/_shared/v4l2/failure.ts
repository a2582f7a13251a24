import { PortError, isPortError } from '../../../ports/port-error.js';
import { findHolder } from '../holder.js';

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
      return new PortError('DEVICE_GONE', {
        message: 'The camera has been disconnected',
        cause: error,
        retryable: true,
      });
    case 'EACCES':
    case 'EPERM':
      return forbidden(error);
    case 'EBUSY':
      return busy(error, await findHolder(path));
    case 'ENOSPC':
      return unsupported(error, 'usb_bandwidth', 'The USB bus has no bandwidth left');
    case 'ENOTTY':
      return unsupported(error, 'not_capture', 'The node is not a V4L2 device');
    case undefined:
      return error;
    default:
      return unsupported(error, 'io_error', `The camera returned ${code}`);
  }
}

function forbidden(cause: unknown): PortError {
  return new PortError('DEVICE_FORBIDDEN', {
    message: 'This user has no permission to open the camera',
    cause,
    retryable: true,
    detail: { remedy: 'Add the user of the service to the group that owns the node, usually video' },
  });
}

function busy(cause: unknown, holder: string | undefined): PortError {
  return new PortError('DEVICE_BUSY', {
    message:
      holder === undefined ? 'Another program is using the camera' : `The camera is in use by ${holder}`,
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
