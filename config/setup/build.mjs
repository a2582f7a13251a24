/** Builds `dist/camera-service.mjs`, and what plugins are isolated in, when their sources changed. Run by itself it always builds. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { BUNDLE, checkout, RUNNER } from './paths.mjs';

const SOURCE_FOLDERS = ['ports', 'core', 'adapters', 'plugins', 'config'];
const SOURCE_FILES = ['package.json', 'package-lock.json', 'tsconfig.json'];
const SOURCE_KINDS = /\.(ts|tsx|mjs|json)$/;

/**
 * @typedef {object} BuildOptions
 * @property {string} root
 * @property {string} [entry]
 * @property {import('./progress.mjs').Say} [say]
 * @property {boolean} [always]
 */

/**
 * @param {BuildOptions} options
 * @returns {Promise<'present' | 'built'>}
 */
export async function ensureBuild({ root, entry = 'config/main.ts', say = () => {}, always = false }) {
  if (!always && isCurrent(root, hashSources(root))) return 'present';
  return withLock({ name: `build ${root}`, onWait: () => say('waiting for another setup') }, async () => {
    const wanted = hashSources(root);
    if (!always && isCurrent(root, wanted)) return 'present';
    await build(root, entry);
    writeFileSync(stampFile(root), wanted);
    return 'built';
  });
}

/**
 * The files are moved to their places whole, so that a service that starts meanwhile never reads half a bundle.
 * @param {string} root
 * @param {string} entry
 */
async function build(root, entry) {
  const [{ build: bundle, stop }, { bundleOptions }] = await Promise.all([
    import('esbuild'),
    import('./bundle-options.mjs'),
  ]);
  const folder = path.join(root, path.dirname(BUNDLE), `.partial-${process.pid}`);
  const programs = [{ file: BUNDLE, entry }, RUNNER].filter((each) =>
    existsSync(path.join(root, each.entry)),
  );
  const manifest = /** @type {{ version: string }} */ (
    JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  );
  mkdirSync(folder, { recursive: true });
  try {
    const about = { root, version: manifest.version, buildDate: new Date().toISOString() };
    const names = programs.map(({ file }) => path.basename(file));
    for (const program of programs) {
      const outFile = path.join(folder, path.basename(program.file));
      await bundle(bundleOptions({ ...about, entry: program.entry, outFile }));
      shiftSources(`${outFile}.map`);
    }
    for (const file of names.reverse().flatMap((name) => [`${name}.map`, name]))
      renameSync(path.join(folder, file), path.join(folder, '..', file));
  } finally {
    // esbuild's own process would stay as long as ours.
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The map was written one folder deeper than it is used.
 * @param {string} file
 */
function shiftSources(file) {
  const map = /** @type {{ sources: string[] }} */ (JSON.parse(readFileSync(file, 'utf8')));
  map.sources = map.sources.map((source) => source.replace(/^\.\.\//, ''));
  writeFileSync(file, JSON.stringify(map));
}

/** @param {string} root */
function stampFile(root) {
  return path.join(root, `${BUNDLE}.stamp`);
}

/**
 * @param {string} root
 * @param {string} wanted
 */
function isCurrent(root, wanted) {
  const stamp = stampFile(root);
  return existsSync(path.join(root, BUNDLE)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

/**
 * Over content rather than times: a checkout of another commit and back builds nothing.
 * @param {string} root
 * @returns {string}
 */
export function hashSources(root) {
  const hash = createHash('sha256');
  for (const file of [...SOURCE_FILES, ...SOURCE_FOLDERS.flatMap((folder) => listSources(root, folder))]) {
    const where = path.join(root, file);
    if (existsSync(where)) hash.update(`${file}\0`).update(readFileSync(where)).update('\0');
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function listSources(root, folder) {
  const where = path.join(root, folder);
  if (!existsSync(where)) return [];
  return readdirSync(where, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : listSources(root, name);
      return SOURCE_KINDS.test(entry.name) ? [name] : [];
    });
}

if (process.argv[1] === import.meta.filename) {
  await ensureBuild({ root: checkout, always: true });
  console.error(`built ${BUNDLE}`);
}
