/** What has to be there before the service runs: modules, the bundle, ffmpeg and MediaMTX. */
import path from 'node:path';
import { ensureBuild } from './build.mjs';
import { locateFfmpeg } from './ffmpeg.mjs';
import { ensureModules } from './modules.mjs';
import { ensureSystemParts } from './system-packages.mjs';

/** @typedef {import('./progress.mjs').Progress} Progress */
/** @typedef {{ root: string, env: NodeJS.ProcessEnv, progress: Progress }} SetupContext */

/**
 * Modules and bundle: without them nothing runs.
 * @param {SetupContext} context
 */
export async function setUpProgram({ root, env, progress }) {
  await progress.step(
    'Node modules',
    (say) => ensureModules({ root, env, say }),
    (how) => (how === 'present' ? 'ready' : 'installed'),
  );
  await progress.step(
    'Service',
    (say) => ensureBuild({ root, say }),
    (how) => (how === 'present' ? 'ready' : 'built'),
  );
}

/**
 * ffmpeg and MediaMTX. The service starts without them and says what it lacks, so a failure here is a line and not the end.
 * @param {SetupContext} context
 * @returns {Promise<readonly string[]>} what is missing, in words
 */
export async function setUpMedia({ root, env, progress }) {
  // It needs modules that the set-up has only just installed.
  const { ensureMediaMtx } = await import('./mediamtx/install.mjs');
  const missing = [
    await attempt(progress, () => progress.step('ffmpeg', (say) => ensureFfmpeg(env, say), describeFfmpeg)),
    await attempt(progress, () =>
      progress.step(
        'MediaMTX',
        (say) =>
          ensureMediaMtx({ env, say, note: progress.note, hlsDir: path.join(root, 'node_modules/hls.js') }),
        ({ version, path: where, warning }) =>
          `${version}, ${where}${warning === undefined ? '' : `; ${warning}`}`,
      ),
    ),
  ];
  return missing.filter((reason) => reason !== undefined);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./progress.mjs').Say} say
 */
async function ensureFfmpeg(env, say) {
  const first = await locateFfmpeg({ env });
  if (first.kind === 'found') return first;
  if (env['FFMPEG_BIN']) throw new Error(`FFMPEG_BIN: ${first.reason}`);
  await ensureSystemParts({ parts: ['ffmpeg'], env, say });
  const second = await locateFfmpeg({ env });
  if (second.kind === 'missing') throw new Error(second.reason);
  return second;
}

/** @param {import('./ffmpeg.mjs').FoundFfmpeg} found */
function describeFfmpeg({ version, path: where, hasX264 }) {
  return `${version}${hasX264 ? '' : ' without libx264: it cannot encode H.264'}, ${where}`;
}

/**
 * @param {Progress} progress
 * @param {() => Promise<unknown>} work
 * @returns {Promise<string | undefined>}
 */
async function attempt(progress, work) {
  try {
    await work();
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    progress.note(`  ${reason}`);
    return reason;
  }
}
