/** Finds ffmpeg and what it can do. */
import { judgeFfmpeg } from '../../adapters/_shared/plain/ffmpeg-version.mjs';
import { findOnPath } from '../../adapters/_shared/plain/find-program.mjs';
import { runCommand } from './run-command.mjs';

/**
 * @typedef {object} FoundFfmpeg
 * @property {'found'} kind
 * @property {string} path
 * @property {string} version
 * @property {'FFMPEG_BIN' | 'PATH'} origin
 * @property {boolean} isOld older than the oldest that is supported
 * @property {boolean} hasX264 it can encode H.264, which every camera that does not deliver H.264 itself needs
 */

/**
 * @param {{ env: NodeJS.ProcessEnv }} options
 * @returns {Promise<FoundFfmpeg | { kind: 'missing', reason: string }>}
 */
export async function locateFfmpeg({ env }) {
  const explicit = env['FFMPEG_BIN'] || undefined;
  const file = explicit ?? (await findOnPath('ffmpeg', env['PATH']));
  if (file === undefined) return { kind: 'missing', reason: 'none on PATH' };
  const result = await runCommand(file, ['-hide_banner', '-version'], { timeoutMs: 15_000 });
  const { version, hasX264, isOld } = judgeFfmpeg(result.stdout);
  if (result.failure !== undefined || version === undefined) {
    return { kind: 'missing', reason: `${file} does not respond to -version` };
  }
  return {
    kind: 'found',
    path: file,
    version,
    origin: explicit === undefined ? 'PATH' : 'FFMPEG_BIN',
    hasX264,
    isOld,
  };
}
