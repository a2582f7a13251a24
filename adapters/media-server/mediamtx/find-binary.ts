/** Where the program is: as configured, on the search path, or where the set-up puts it. */
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PortError } from '../../../ports/port-error.js';

export const CHECKED_VERSION = 'v1.20.1';

/** @throws PortError TOOL_MISSING */
export async function findBinary(configured: string): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const candidates = configured.includes('/')
    ? [configured]
    : folders.map((folder) => join(folder, configured || 'mediamtx'));
  if (configured === '')
    candidates.push(join(cache, 'camera-service', 'mediamtx', CHECKED_VERSION, 'mediamtx'));
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
