/** Where the program is: as configured, on the search path, or where the set-up puts it. */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { PortError } from '../../../ports/port-error.js';
import { cleanEnv, userCacheDir } from '../../_shared/child-process.js';

export const CHECKED_VERSION = 'v1.20.1';

/** @throws PortError TOOL_MISSING */
export async function findBinary(configured: string): Promise<string> {
  const folders = (cleanEnv()['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const candidates = configured.includes('/')
    ? [configured]
    : folders.map((folder) => join(folder, configured || 'mediamtx'));
  if (configured === '')
    candidates.push(join(userCacheDir(), 'camera-service', 'mediamtx', CHECKED_VERSION, 'mediamtx'));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  throw new PortError('TOOL_MISSING', {
    message: 'MediaMTX is not installed',
    retryable: true,
    detail: { tool: 'mediamtx', remedy: 'run "camera-service doctor" or set the path of the program' },
  });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
