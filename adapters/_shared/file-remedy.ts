/** What helps when the system refuses a file, in words for whoever runs the service. */
import path from 'node:path';

/** @param key the option that names its folder. @returns `undefined` when nothing general can be said. */
export function remedyFor(errno: string, file: string, key = 'paths.state'): string | undefined {
  const user = process.getuid?.();
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return `give user ${String(user)} access to it and to its folder, or run this as the user that owns ${path.dirname(file)}`;
    case 'EROFS':
      return `its file system is mounted read-only; mount it read-write, or set ${key} to another folder`;
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return 'free some space on its file system';
    case 'ELOOP':
      return 'it is a symbolic link, which is not followed; replace it with the file itself';
    case 'ENOTDIR':
      return `a part of its path is not a folder; remove that, or set ${key} to another folder`;
    default:
      return undefined;
  }
}
