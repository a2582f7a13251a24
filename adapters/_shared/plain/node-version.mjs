/** Which Node this service needs: its package says so. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import semver from 'semver';

/**
 * @param {string} version as `process.versions.node` has it
 * @param {string} root the folder of this package
 * @returns {Promise<{ isSupported: boolean, wanted: string }>} what is wanted is a range, such as `>=20.19.0`
 */
export async function judgeNode(version, root) {
  const manifest = /** @type {{ engines: { node: string } }} */ (
    JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  );
  const wanted = manifest.engines.node;
  return { isSupported: semver.satisfies(version, wanted), wanted };
}
