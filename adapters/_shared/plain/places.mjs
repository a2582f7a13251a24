/** Where things lie in the user's home. */
import os from 'node:os';
import path from 'node:path';

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} the user's home, also when HOME is unset or empty
 */
export function homeOf(env) {
  return env['HOME'] || os.userInfo().homedir;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} the per-user cache of this service
 */
export function cacheDir(env) {
  const base = env['XDG_CACHE_HOME'] || path.join(homeOf(env), '.cache');
  return path.join(base, 'camera-service');
}
