/** What the device lab needs before it can boot: programs of the system, and a kernel with a first root, made once. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { cacheDir } from '../../adapters/_shared/plain/places.mjs';
import { checkout } from './paths.mjs';
import { lastLine, runCommand } from './run-command.mjs';
import { ensureSystemParts } from './system-packages.mjs';

/** @type {readonly import('./system-packages.mjs').SystemPart[]} */
const PARTS = ['qemu', 'busybox', 'cpio', 'kmod', 'xz', 'ffmpeg', 'ustreamer'];
const SOURCES = ['prepare.sh', 'guest/init'].map((name) => path.join(checkout, 'test/lab', name));
const LIMIT_MS = 900_000;

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} the folder of the kernel, the modules, the first root, the test pictures and the programs of the guest
 */
export function labDir(env) {
  return path.join(cacheDir(env), 'lab');
}

/**
 * Installs programs that are missing when we are root on Debian, and makes the rest from Debian's packages.
 * @param {{ env: NodeJS.ProcessEnv, say?: import('./progress.mjs').Say }} options
 * @returns {Promise<'present' | 'prepared'>}
 * @throws Error with what is missing and how to get it, in one line
 */
export async function ensureLab({ env, say = () => {} }) {
  await ensureSystemParts({ parts: PARTS, env, say });
  const folder = labDir(env);
  if (isCurrent(folder)) return 'present';
  return withLock({ name: `lab ${folder}`, onWait: () => say('waiting for another setup') }, async () => {
    if (isCurrent(folder)) return 'present';
    const [script = ''] = SOURCES;
    const options = { env: { ...env, LAB: folder }, timeoutMs: LIMIT_MS, onLine: say };
    const result = await runCommand('sh', [script], options);
    if (result.failure !== undefined)
      throw new Error(`the device lab cannot be prepared: ${lastLine(result)}`);
    writeFileSync(path.join(folder, 'prepared'), fingerprint());
    return 'prepared';
  });
}

/** @param {string} folder */
function isCurrent(folder) {
  const stamp = path.join(folder, 'prepared');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** Changes when the lab would be made differently. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of SOURCES) hash.update(readFileSync(file));
  return hash.digest('hex');
}
