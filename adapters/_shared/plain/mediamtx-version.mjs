/** Which MediaMTX this service wants, and where the set-up keeps it. */
import path from 'node:path';
import semver from 'semver';
import { cacheDir } from './places.mjs';

export const PINNED = 'v1.20.1';
/** Older ones lack API calls that the service needs. */
const OLDEST = 'v1.15.6';

/**
 * @param {string} text what `mediamtx --version` printed
 * @returns {string | undefined} the version, such as `v1.20.1`
 */
export function parseVersion(text) {
  const [first = ''] = text.trim().split(/\s/, 1);
  const found = semver.parse(first);
  return found === null ? undefined : `v${found.version}`;
}

/**
 * @typedef {{ use: 'yes' } | { use: 'with-warning', warning: string } | { use: 'no', reason: string }} Verdict
 */

/**
 * A server that was built without a version is used, with a warning.
 * @param {string} version
 * @returns {Verdict}
 */
export function judgeVersion(version) {
  if (version === PINNED) return { use: 'yes' };
  const found = semver.parse(version);
  if (found !== null && semver.lt(found, OLDEST))
    return {
      use: 'no',
      reason: `${version} is older than ${OLDEST}, the oldest that works; use ${PINNED}`,
    };
  return { use: 'with-warning', warning: `${version} is not ${PINNED}, the version that is tested` };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} where the set-up puts the program
 */
export function cachedBinary(env) {
  return path.join(cacheDir(env), 'mediamtx', PINNED, 'mediamtx');
}
