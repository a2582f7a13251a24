/** Builds MediaMTX from its published Go module, whose checksum is pinned here. */
import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { homeOf } from '../../../adapters/_shared/plain/places.mjs';
import { whileSaying } from '../progress.mjs';
import { lastLine, runCommand } from '../run-command.mjs';
import { PINNED } from '../../../adapters/_shared/plain/mediamtx-version.mjs';

const MODULE = 'github.com/bluenviron/mediamtx';
export const MODULE_SUM = 'h1:nY/EAViwn1zN9krUOTCsuU7v+cAdJ62jdrcc8pI9grI=';
const OLDEST_GO = [1, 26];
const HLS_FOLDER = 'internal/servers/hls';

/**
 * @typedef {object} GoModuleOptions
 * @property {string} folder temporary and ours
 * @property {string} hlsDir the installed npm package hls.js, whose player the module embeds
 * @property {NodeJS.ProcessEnv} env
 * @property {import('../progress.mjs').Say} say
 * @property {string} [sum] the checksum that the module must have
 */

/**
 * @param {GoModuleOptions} options
 * @returns {Promise<string>} the path of the program
 */
export async function buildGoModule({ folder, hlsDir, env, say, sum = MODULE_SUM }) {
  const goEnv = { ...env, HOME: homeOf(env), CGO_ENABLED: '0' };
  await requireGo(goEnv);
  const module = await whileSaying(say, 'downloading the Go module', () => fetchModule(goEnv, sum));
  const source = path.join(folder, 'source');
  await copyWritable(module, source);
  await addGeneratedFiles(source, hlsDir);
  const packages = await whileSaying(say, 'downloading the dependencies of the module', () =>
    countPackages(source, goEnv),
  );
  const binary = path.join(folder, 'mediamtx');
  await compile({ source, binary, env: goEnv, say, packages });
  return binary;
}

/** @param {NodeJS.ProcessEnv} env */
async function requireGo(env) {
  const result = await runCommand('go', ['version'], { env, timeoutMs: 20_000 });
  const found = /go(\d+)\.(\d+)/.exec(result.stdout);
  if (result.failure !== undefined || found === null) throw new Error('there is no Go toolchain');
  const [major, minor] = [Number(found[1]), Number(found[2])];
  const [wantedMajor = 0, wantedMinor = 0] = OLDEST_GO;
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    throw new Error(`Go ${major}.${minor} is older than ${OLDEST_GO.join('.')}`);
  }
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} sum
 * @returns {Promise<string>} where Go keeps the module, read-only
 */
async function fetchModule(env, sum) {
  const result = await runCommand('go', ['mod', 'download', '-json', `${MODULE}@${PINNED}`], {
    env,
    timeoutMs: 300_000,
  });
  const answer = parseAnswer(result.stdout);
  if (result.failure !== undefined || answer.Dir === undefined) {
    throw new Error(`the Go module cannot be downloaded: ${answer.Error ?? lastLine(result)}`);
  }
  if (answer.Sum !== sum)
    throw new Error(`the checksum of the Go module is ${String(answer.Sum)}, not ${sum}`);
  return answer.Dir;
}

/**
 * @param {string} text
 * @returns {{ Dir?: string, Sum?: string, Error?: string }}
 */
function parseAnswer(text) {
  try {
    return /** @type {{ Dir?: string, Sum?: string, Error?: string }} */ (JSON.parse(text));
  } catch {
    return {};
  }
}

/**
 * The module cache is read-only, also its folders, so that a plain recursive copy could not be removed again.
 * @param {string} from
 * @param {string} to
 * @returns {Promise<void>}
 */
async function copyWritable(from, to) {
  await mkdir(to, { mode: 0o755 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await copyWritable(source, target);
    else if (entry.isFile()) {
      await copyFile(source, target);
      await chmod(target, 0o644);
    }
  }
}

/**
 * Two files are embedded but made at release time, so the module lacks them.
 * @param {string} source
 * @param {string} hlsDir
 */
async function addGeneratedFiles(source, hlsDir) {
  const wanted = (await readFile(path.join(source, HLS_FOLDER, 'hlsjsdownloader/VERSION'), 'utf8')).trim();
  const found = await hlsVersion(hlsDir);
  if (found !== wanted.replace(/^v/, '')) {
    throw new Error(`MediaMTX embeds hls.js ${wanted}, installed is ${found ?? 'none'}`);
  }
  await copyFile(path.join(hlsDir, 'dist/hls.min.js'), path.join(source, HLS_FOLDER, 'hls.min.js'));
  await writeFile(path.join(source, 'internal/core/VERSION'), PINNED);
}

/** @param {string} hlsDir */
async function hlsVersion(hlsDir) {
  try {
    const manifest = await readFile(path.join(hlsDir, 'package.json'), 'utf8');
    return /** @type {{ version?: string }} */ (JSON.parse(manifest)).version;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} source
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} how many packages the program is made of
 */
async function countPackages(source, env) {
  const result = await runCommand('go', ['list', '-deps', '.'], { cwd: source, env, timeoutMs: 600_000 });
  if (result.failure !== undefined) throw new Error(`the modules cannot be downloaded: ${lastLine(result)}`);
  return result.stdout.trim().split('\n').length;
}

/** @param {{ source: string, binary: string, env: NodeJS.ProcessEnv, say: import('../progress.mjs').Say, packages: number }} options */
async function compile({ source, binary, env, say, packages }) {
  let compiled = 0;
  const tell = () =>
    say(`compiling, ${compiled} of up to ${packages} packages; takes about 2 minutes on 2 cores`);
  tell();
  const timer = setInterval(tell, 1_000);
  const args = ['build', '-v', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', binary, '.'];
  const result = await runCommand('go', args, {
    cwd: source,
    env,
    onLine: () => (compiled += 1),
    timeoutMs: 2_400_000,
  });
  clearInterval(timer);
  if (result.failure !== undefined) throw new Error(`the build failed: ${lastLine(result)}`);
}
