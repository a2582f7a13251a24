/** What helps when the system refuses a file, in words for whoever runs the service. */
import path from 'node:path';

/** @returns `undefined` when nothing general can be said. */
export function remedyFor(errno: string, file: string): string | undefined {
  const user = process.getuid?.();
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return `give user ${String(user)} access to it and to its folder, or run this as the user that owns ${path.dirname(file)}`;
    case 'EROFS':
      return 'its file system is mounted read-only; mount it for writing, or set paths.state to another folder';
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return 'make room on its file system';
    case 'ELOOP':
      return 'it is a symbolic link, which is not followed; put the file itself there';
    case 'ENOTDIR':
      return 'a part of its path is not a folder; remove that, or set paths.state to another folder';
    default:
      return undefined;
  }
}
