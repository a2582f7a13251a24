/** Where things lie in the checkout. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. Only true in the set-up scripts: inside the bundle `import.meta.url` is that of the bundle. */
export const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The built service, relative to the checkout. */
export const BUNDLE = 'dist/camera-service.mjs';

/** What a plugin runs in that is isolated from the service, and what it is built from. */
export const RUNNER = { file: 'dist/camera-service-plugin.mjs', entry: 'config/plugin-runner.ts' };

/**
 * An installed package brings its bundle and has its modules from whoever installed it: nothing is to be built there.
 * @param {string} root
 * @returns {boolean}
 */
export function hasSources(root) {
  return existsSync(path.join(root, 'config/main.ts'));
}
