import { isPortError, PortError } from '../../../ports/port-error.js';
import { errnoOf, isDiskFull } from '../../_shared/errno.js';

/** What a failed call on one file means. A link, a folder or a path through a file counts as a file that is not there. */
export function toPortError(cause: unknown, detail: Readonly<Record<string, unknown>>): unknown {
  if (isPortError(cause) || cause instanceof TypeError) return cause;
  const errno = errnoOf(cause);
  if (['ENOENT', 'ELOOP', 'EISDIR', 'ENOTDIR', 'ENXIO'].includes(errno))
    return new PortError('FILE_NOT_FOUND', { cause, detail });
  if (errno === 'EEXIST') return new PortError('FILE_EXISTS', { cause, detail });
  if (isDiskFull(cause)) return new PortError('STORAGE_FULL', { cause, detail });
  return new PortError('STORAGE_FAILED', { cause, detail: { ...detail, errno } });
}
