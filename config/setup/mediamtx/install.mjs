/** Brings the pinned MediaMTX to the per-user cache when the machine has none. */
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from '../lock.mjs';
import { examine, locateMediaMtx } from './locate.mjs';
import { buildGoModule } from './go-module.mjs';
import { archiveName, fetchRelease, releaseBase } from './release.mjs';
import { cachedBinary, PINNED } from '../../../adapters/_shared/plain/mediamtx-version.mjs';

/** @typedef {import('./locate.mjs').FoundMediaMtx} FoundMediaMtx */

/**
 * @typedef {object} InstallOptions
 * @property {NodeJS.ProcessEnv} env
 * @property {string} hlsDir the installed npm package hls.js
 * @property {import('../progress.mjs').Say} [say]
 * @property {(line: string) => void} [note] told why a way did not work
 * @property {{ connectMs?: number, idleMs?: number }} [deadlines]
 * @property {string} [moduleSum]
 * @property {string} [arch]
 */

/**
 * Uses what is there, else brings it. A MediaMTX on PATH of another version serves when the pinned one cannot be had.
 * @param {InstallOptions} options
 * @returns {Promise<FoundMediaMtx>}
 * @throws Error that says what was tried and what to do
 */
export async function ensureMediaMtx(options) {
  const { env, say = () => {} } = options;
  const present = settled(await locateMediaMtx({ env }));
  if (present !== undefined) return present;
  const lock = { name: `mediamtx ${cachedBinary(env)}`, onWait: () => say('waiting for another setup') };
  return withLock(lock, async () => {
    const located = await locateMediaMtx({ env });
    const found = settled(located) ?? (await bring(options));
    if (found !== undefined) return found;
    if (located.kind === 'found') return located;
    throw new Error(
      `MediaMTX ${PINNED} could not be obtained. Place the program at ${cachedBinary(env)}, set MEDIAMTX_BIN to its path, or install Go 1.26 and try again.`,
    );
  });
}

/**
 * @param {Awaited<ReturnType<typeof locateMediaMtx>>} located
 * @returns {FoundMediaMtx | undefined} what needs no further search
 * @throws Error when the one that was named explicitly cannot be used
 */
function settled(located) {
  if (located.kind === 'refused') throw new Error(located.reason);
  if (located.kind !== 'found') return undefined;
  return located.warning === undefined || located.origin === 'MEDIAMTX_BIN' ? located : undefined;
}

/**
 * @param {InstallOptions} options
 * @returns {Promise<FoundMediaMtx | undefined>}
 */
async function bring(options) {
  const { env, say = () => {}, note = () => {} } = options;
  const home = path.dirname(path.dirname(cachedBinary(env)));
  await mkdir(home, { recursive: true });
  for (const [origin, way] of ways(options, say)) {
    // Beside its later place, because a rename does not cross file systems.
    const folder = await mkdtemp(path.join(home, '.partial-'));
    try {
      return await adopt(await way(folder), cachedBinary(env), origin);
    } catch (error) {
      note(`${WAY_NAMES[origin]}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return undefined;
}

const WAY_NAMES = {
  release: 'The official release cannot be used',
  'go-module': 'The Go module cannot be used',
};

/**
 * @param {InstallOptions} options
 * @param {import('../progress.mjs').Say} say
 * @returns {['release' | 'go-module', (folder: string) => Promise<string>][]}
 */
function ways({ env, hlsDir, deadlines = {}, moduleSum, arch = process.arch }, say) {
  const archive = archiveName(arch, armVersion());
  const base = releaseBase(env);
  return [
    [
      'release',
      async (folder) => {
        if (archive === undefined) throw new Error(`none is published for ${arch}`);
        return fetchRelease({ folder, base, archive, say, deadlines });
      },
    ],
    [
      'go-module',
      (folder) =>
        buildGoModule({ folder, hlsDir, env, say, ...(moduleSum === undefined ? {} : { sum: moduleSum }) }),
    ],
  ];
}

function armVersion() {
  const variables = /** @type {Record<string, unknown>} */ (process.config.variables);
  return String(variables['arm_version'] ?? '');
}

/**
 * The rename comes last, so that nothing but a program that has answered is ever in the cache.
 * @param {string} binary
 * @param {string} target
 * @param {'release' | 'go-module'} origin
 * @returns {Promise<FoundMediaMtx>}
 */
async function adopt(binary, target, origin) {
  await chmod(binary, 0o755);
  const answer = await examine(binary, origin);
  if (answer.kind !== 'found') throw new Error(answer.reason);
  if (answer.version !== PINNED) throw new Error(`it is ${answer.version}, not ${PINNED}`);
  await mkdir(path.dirname(target), { recursive: true });
  await rename(binary, target);
  return { ...answer, path: target };
}
