import path from 'node:path';
import type { FileKind } from '../../../ports/file-store.js';
import { isPortError, PortError } from '../../../ports/port-error.js';
import { remedyFor } from '../../_shared/file-remedy.js';
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

/** What it means that a folder of files cannot be used, with what to do about it. */
export function folderError(cause: unknown, kind: FileKind, folder: string): unknown {
  if (isPortError(cause) || cause instanceof TypeError) return cause;
  const errno = errnoOf(cause);
  const remedy = remedyFor(errno, path.join(folder, 'any'), `paths.${kind}`);
  const message = `${folder} cannot be used for ${kind} (${errno})${remedy === undefined ? '' : `: ${remedy}`}`;
  return new PortError(isDiskFull(cause) ? 'STORAGE_FULL' : 'STORAGE_FAILED', {
    message,
    cause,
    detail: { kind, errno },
  });
}
