/** The package as `npm pack` makes it, once for a whole run of tests. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageFile, root } from '../../repo/support/tree.js';

const run = promisify(execFile);
/** Names the file for the processes of a run; not one of the service's own variables, of which it knows all. */
export const PACKED = 'PACKED_FOR_TESTS';

let packed: Promise<string> | undefined;

/** @returns the path of the file. */
export function packedOnce(): Promise<string> {
  const { [PACKED]: before } = process.env;
  packed ??= before === undefined ? pack() : Promise.resolve(before);
  return packed;
}

async function pack(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cs-packed-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  return join(folder, `mediamtx-camera-service-${packageFile().version}.tgz`);
}
