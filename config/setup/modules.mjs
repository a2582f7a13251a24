/** The node modules of the checkout, as the lockfile says. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { whileSaying } from './progress.mjs';
import { lastLine, runCommand } from './run-command.mjs';

const STAMP = 'node_modules/.camera-service-modules';

/** @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage */

/**
 * Installs with `npm ci` when the modules are missing or were made for another lockfile or another major version of Node.
 * @param {object} options
 * @param {string} options.root
 * @param {import('./progress.mjs').Say} [options.say]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {typeof runCommand} [options.run]
 * @returns {Promise<'present' | 'installed'>}
 */
export async function ensureModules({ root, say = () => {}, env = process.env, run = runCommand }) {
  if (isCurrent(root)) return 'present';
  return withLock({ name: `modules ${root}`, onWait: () => say('waiting for another setup') }, async () => {
    if (isCurrent(root)) return 'present';
    const result = await whileSaying(say, 'npm ci', () =>
      run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, env: npmEnv(env) }),
    );
    if (result.failure !== undefined) {
      throw new Error(
        `npm ci failed: ${lastLine(result)}. Installing packages requires network access; try again when it is available.`,
      );
    }
    writeFileSync(path.join(root, STAMP), stampOf(root));
    return 'installed';
  });
}

/** @param {string} root */
function isCurrent(root) {
  const stamp = path.join(root, STAMP);
  const wanted = stampOf(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  const installed = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed) || existsSync(stamp)) return false;
  if (!holdsAll(packagesOf(path.join(root, 'package-lock.json')), packagesOf(installed))) return false;
  writeFileSync(stamp, wanted);
  return true;
}

/** @param {string} root */
function stampOf(root) {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  return `${lock} node${process.versions.node.split('.')[0]}\n`;
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function packagesOf(file) {
  return (
    /** @type {{ packages?: Record<string, LockedPackage> }} */ (JSON.parse(readFileSync(file, 'utf8')))
      .packages ?? {}
  );
}

/**
 * Modules that somebody installed by hand are as good as ours when every locked package is there in its version.
 * @param {Record<string, LockedPackage>} locked
 * @param {Record<string, LockedPackage>} installed
 * @returns {boolean}
 */
export function holdsAll(locked, installed) {
  return Object.entries(locked).every(([where, entry]) => {
    if (where === '') return true;
    const found = installed[where];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version;
  });
}

/**
 * Under `npx` npm tells its children that they run for `npx`; an install must not take that for itself.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
function npmEnv(env) {
  const foreign = ['npm_config_local_prefix', 'npm_config_prefix', 'npm_config_package', 'npm_config_call'];
  return Object.fromEntries(Object.entries(env).filter(([key]) => !foreign.includes(key)));
}
