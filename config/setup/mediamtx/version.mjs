/** Which MediaMTX this service wants, and how versions compare. */

export const PINNED = 'v1.20.1';
/** Older ones lack API calls that the service needs. */
export const OLDEST = 'v1.15.6';

/**
 * @param {string} text what `mediamtx --version` printed
 * @returns {string | undefined} the version, such as `v1.20.1`
 */
export function parseVersion(text) {
  const found = /^\s*v?(\d+)\.(\d+)\.(\d+)(-[\w.]+)?/.exec(text);
  return found === null ? undefined : `v${found[1]}.${found[2]}.${found[3]}${found[4] ?? ''}`;
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {number} negative when `a` is older; a pre-release is older than its release
 */
export function compareVersions(a, b) {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return Number(b.includes('-')) - Number(a.includes('-'));
}

/** @param {string} version */
function numbersOf(version) {
  return (version.replace(/^v/, '').split('-')[0] ?? '').split('.').map(Number);
}

/**
 * @typedef {{ use: 'yes' } | { use: 'with-warning', warning: string } | { use: 'no', reason: string }} Verdict
 */

/**
 * @param {string} version
 * @returns {Verdict}
 */
export function judgeVersion(version) {
  if (version === PINNED) return { use: 'yes' };
  if (compareVersions(version, OLDEST) < 0) {
    return { use: 'no', reason: `${version} is older than ${OLDEST}, the oldest that works` };
  }
  return { use: 'with-warning', warning: `${version} is not ${PINNED}, the version that is tested` };
}
