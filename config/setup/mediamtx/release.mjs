/** The official release archive, verified before it is unpacked. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { runCommand } from '../run-command.mjs';
import { download, downloadText } from './download.mjs';
import { PINNED } from '../../../adapters/_shared/plain/mediamtx-version.mjs';

export const RELEASE_BASE_KEY = 'CAMERA_SERVICE_MEDIAMTX_RELEASE_BASE';
const OFFICIAL_BASE = 'https://github.com/bluenviron/mediamtx/releases/download';
const CHECKSUM_BYTES = 64 * 1024;
const ARCHIVE_BYTES = 150 * 1024 * 1024;

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
export function releaseBase(env) {
  const base = env[RELEASE_BASE_KEY] || OFFICIAL_BASE;
  let end = base.length;
  while (base[end - 1] === '/') end -= 1;
  return base.slice(0, end);
}

/**
 * @param {string} arch as `process.arch` has it
 * @param {string} armVersion as `process.config.variables.arm_version` has it
 * @returns {string | undefined} undefined when no release is published for it
 */
export function archiveName(arch, armVersion) {
  const arm = armVersion === '6' ? 'armv6' : 'armv7';
  const platform = { x64: 'amd64', arm64: 'arm64', arm }[arch];
  return platform === undefined ? undefined : `mediamtx_${PINNED}_linux_${platform}.tar.gz`;
}

/**
 * @param {string} text lines of `<sha256>  <file>`
 * @param {string} name
 * @returns {string | undefined}
 */
export function checksumFor(text, name) {
  for (const line of text.split('\n')) {
    const [sum, file] = line.trim().split(/\s+/);
    if (file?.replace(/^\*/, '') === name && /^[0-9a-f]{64}$/i.test(sum ?? '')) return sum?.toLowerCase();
  }
  return undefined;
}

/**
 * Leaves the unpacked program in `folder`.
 * @param {object} options
 * @param {string} options.folder temporary and ours
 * @param {string} options.base
 * @param {string} options.archive
 * @param {import('../progress.mjs').Say} options.say
 * @param {{ connectMs?: number, idleMs?: number }} [options.deadlines]
 * @returns {Promise<string>} the path of the program
 */
export async function fetchRelease({ folder, base, archive, say, deadlines = {} }) {
  say('requesting the official release');
  const from = `${base}/${PINNED}`;
  const sums = await downloadText(`${from}/checksums.sha256`, { ...deadlines, maxBytes: CHECKSUM_BYTES });
  const wanted = checksumFor(sums, archive);
  if (wanted === undefined) throw new Error(`checksums.sha256 does not name ${archive}`);
  const file = path.join(folder, archive);
  const got = await downloadFile(`${from}/${archive}`, { file, say, deadlines });
  if (got !== wanted) throw new Error(`the SHA-256 of ${archive} is ${got}, not ${wanted}`);
  const unpacked = await runCommand('tar', ['-xzf', file, '-C', folder, 'mediamtx'], { timeoutMs: 120_000 });
  if (unpacked.failure !== undefined) throw new Error(`${archive} cannot be unpacked: ${unpacked.failure}`);
  const binary = path.join(folder, 'mediamtx');
  if (!(await lstat(binary)).isFile()) throw new Error(`${archive} does not contain a program`);
  return binary;
}

/**
 * @param {string} url
 * @param {{ file: string, say: import('../progress.mjs').Say, deadlines: { connectMs?: number, idleMs?: number } }} options
 * @returns {Promise<string>} the SHA-256 of what came
 */
async function downloadFile(url, { file, say, deadlines }) {
  const hash = createHash('sha256');
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  const written = finished(out);
  // Without this a failed write would be an unhandled rejection while bytes still come.
  written.catch(() => undefined);
  try {
    await download(url, {
      ...deadlines,
      maxBytes: ARCHIVE_BYTES,
      onPart: (part, percent) => {
        hash.update(part);
        out.write(part);
        say(percent === undefined ? 'downloading' : `downloading, ${percent} %`);
      },
    });
  } finally {
    out.end();
  }
  await written;
  return hash.digest('hex');
}
