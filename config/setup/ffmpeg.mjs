/** Finds ffmpeg and what it can do. */
import { findOnPath } from '../../adapters/_shared/plain/find-program.mjs';
import { runCommand } from './run-command.mjs';

/** The oldest version that a camera was tried with; the service finds out by itself what its options are called. */
export const OLDEST_FFMPEG = '4.3';

/**
 * Distributions add words behind the number (`4.4.2-0ubuntu0.22.04.1`, `7.1.1-1+b1`), tags begin with a letter (`n6.0`), and builds from
 * git (`N-12345-gabc`, `git-2020-01-01-abc`) have no number: those are taken for new.
 * @param {string} version
 */
export function isOldFfmpeg(version) {
  const [, major, minor] = /^(?:n|v|\d+:)?(\d{1,3})\.(\d{1,3})(?!\d)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_FFMPEG.split('.').map(Number);
  return Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
}

/**
 * @typedef {object} FoundFfmpeg
 * @property {'found'} kind
 * @property {string} path
 * @property {string} version
 * @property {'FFMPEG_BIN' | 'PATH'} origin
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
  const version = /^ffmpeg version (\S+)/m.exec(result.stdout)?.[1];
  if (result.failure !== undefined || version === undefined) {
    return { kind: 'missing', reason: `${file} does not answer -version` };
  }
  const hasX264 = result.stdout.includes('--enable-libx264');
  return {
    kind: 'found',
    path: file,
    version,
    origin: explicit === undefined ? 'PATH' : 'FFMPEG_BIN',
    hasX264,
  };
}
