/** Where the program is: as configured, on the search path, or where the set-up puts it. */
import { PortError } from '../../../ports/port-error.js';
import { cachedMediaMtx, cleanEnv } from '../../_shared/child-process.js';
import { findOnPath, isExecutable } from '../../_shared/plain/find-program.mjs';

/** @throws PortError TOOL_MISSING */
export async function findBinary(configured: string): Promise<string> {
  const found = configured.includes('/') ? await ifExecutable(configured) : await search(configured);
  if (found !== undefined) return found;
  throw new PortError('TOOL_MISSING', {
    message: 'MediaMTX is not installed',
    retryable: true,
    detail: { tool: 'mediamtx', remedy: 'run "camera-service doctor", or set the path of the program' },
  });
}

async function search(name: string): Promise<string | undefined> {
  const onPath = await findOnPath(name || 'mediamtx', cleanEnv()['PATH']);
  return onPath ?? (name === '' ? await ifExecutable(cachedMediaMtx()) : undefined);
}

async function ifExecutable(file: string): Promise<string | undefined> {
  return (await isExecutable(file)) ? file : undefined;
}
