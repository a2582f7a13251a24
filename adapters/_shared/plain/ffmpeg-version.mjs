/** Which ffmpeg this service supports. */

/** The oldest version that a camera was tried with; the service finds out by itself what its options are called. */
export const OLDEST_FFMPEG = '4.3';

/**
 * Distributions add words behind the number (`4.4.2-0ubuntu0.22.04.1`, `7.1.1-1+b1`), tags begin with a letter (`n6.0`), and builds from
 * git (`N-12345-gabc`, `git-2020-01-01-abc`) have no number: those are taken for new.
 * @param {string} version
 */
function isOldFfmpeg(version) {
  const [, major, minor] = /^(?:n|v|\d+:)?(\d{1,3})\.(\d{1,3})(?!\d)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_FFMPEG.split('.').map(Number);
  return Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
}

/**
 * @param {string} text what `ffmpeg -version` printed
 * @returns {{ version: string | undefined, isOld: boolean, hasX264: boolean }} no version: this is no ffmpeg
 */
export function judgeFfmpeg(text) {
  const version = /^ffmpeg version (\S+)/m.exec(text)?.[1];
  const isOld = version !== undefined && isOldFfmpeg(version);
  return { version, isOld, hasX264: text.includes('--enable-libx264') };
}
