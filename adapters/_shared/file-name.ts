/** The file names that every FileStore accepts. */
import { PortError } from '../../ports/port-error.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

export function isFileName(name: string): boolean {
  return NAME.test(name);
}

/** @throws PortError `FILE_NAME_INVALID`; the refused name is not repeated, it may be anything. */
export function checkFileName(name: string): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw new PortError('FILE_NAME_INVALID', {
    message: 'not a file name of this store',
    detail: { rule: NAME.source },
  });
}
