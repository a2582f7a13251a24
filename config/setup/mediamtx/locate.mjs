/** Finds a MediaMTX that is on this machine already. Asks no network. */
import { findOnPath, isExecutable } from '../../../adapters/_shared/plain/find-program.mjs';
import {
  cachedBinary,
  judgeVersion,
  parseVersion,
} from '../../../adapters/_shared/plain/mediamtx-version.mjs';
import { runCommand } from '../run-command.mjs';

/** @typedef {'MEDIAMTX_BIN' | 'PATH' | 'cache' | 'release' | 'go-module'} Origin */

/**
 * @typedef {object} FoundMediaMtx
 * @property {'found'} kind
 * @property {string} path
 * @property {string} version
 * @property {Origin} origin
 * @property {string} [warning] it is usable, but not the pinned version
 */

/**
 * @typedef {object} NoMediaMtx
 * @property {'missing'} kind
 * @property {string} reason
 */

/**
 * The one that MEDIAMTX_BIN names must not be used; what was chosen explicitly is never replaced silently.
 * @typedef {object} RefusedMediaMtx
 * @property {'refused'} kind
 * @property {string} reason
 */

/**
 * The first with the pinned version, of MEDIAMTX_BIN, PATH and the cache. MEDIAMTX_BIN may be of another version, and so may the one
 * on PATH when there is no pinned one.
 * @param {{ env: NodeJS.ProcessEnv }} options
 * @returns {Promise<FoundMediaMtx | NoMediaMtx | RefusedMediaMtx>}
 */
export async function locateMediaMtx({ env }) {
  const explicit = env['MEDIAMTX_BIN'];
  if (explicit !== undefined && explicit !== '') {
    const found = await examine(explicit, 'MEDIAMTX_BIN');
    return found.kind === 'found' ? found : { kind: 'refused', reason: `MEDIAMTX_BIN: ${found.reason}` };
  }
  const onPath = await findOnPath('mediamtx', env['PATH']);
  const first = onPath === undefined ? undefined : await examine(onPath, 'PATH');
  if (first?.kind === 'found' && first.warning === undefined) return first;
  const cached = await examine(cachedBinary(env), 'cache');
  if (cached.kind === 'found') return cached;
  if (first?.kind === 'found') return first;
  const reasons = [...(first === undefined ? ['none on PATH'] : [first.reason]), cached.reason];
  return { kind: 'missing', reason: reasons.join('; ') };
}

/**
 * @param {string} file
 * @param {Origin} origin
 * @returns {Promise<FoundMediaMtx | NoMediaMtx>}
 */
export async function examine(file, origin) {
  if (!(await isExecutable(file)))
    return { kind: 'missing', reason: `${file} does not exist or is not executable` };
  const result = await runCommand(file, ['--version'], { timeoutMs: 10_000 });
  const version = result.failure === undefined ? parseVersion(result.stdout) : undefined;
  if (version === undefined) {
    return { kind: 'missing', reason: `${file} does not print a version for --version` };
  }
  const verdict = judgeVersion(version);
  if (verdict.use === 'no') return { kind: 'missing', reason: `${file}: ${verdict.reason}` };
  const warning = verdict.use === 'with-warning' ? { warning: verdict.warning } : {};
  return { kind: 'found', path: file, version, origin, ...warning };
}
