/** Whether the ffmpeg of this machine can do what a capture needs. */
import { text } from 'node:stream/consumers';
import { isPortError } from '../../../ports/port-error.js';
import { spawnOwned } from '../../_shared/child-process.js';
import { judgeFfmpeg, OLDEST_FFMPEG } from '../../_shared/plain/ffmpeg-version.mjs';

/** @returns what is wrong, with what to do. @throws the signal's reason. */
export async function troubleWithFfmpeg(
  command: string,
  runDir: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { version, isOld, hasX264 } = judgeFfmpeg(await answerOf(command, runDir, signal));
  const remedy = `install ffmpeg ${OLDEST_FFMPEG} or newer with libx264, or set ffmpeg_capture.ffmpeg_path to the path of one`;
  if (version === undefined) return `${command} cannot be used as ffmpeg; ${remedy}`;
  if (isOld) return `${command} is ffmpeg ${version}, which is older than ${OLDEST_FFMPEG}; ${remedy}`;
  if (!hasX264) return `${command} has no libx264, so only cameras that deliver H.264 work; ${remedy}`;
  return undefined;
}

/** @returns nothing when it cannot be run. */
async function answerOf(command: string, runDir: string, signal: AbortSignal): Promise<string> {
  try {
    const child = await spawnOwned({
      label: 'version of ffmpeg',
      command,
      args: ['-hide_banner', '-version'],
      runDir,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const kill = (): void => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    const answer = child.process.stdout ? await text(child.process.stdout) : '';
    await child.exited;
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
    return answer;
  } catch (error) {
    if (isPortError(error, 'TOOL_MISSING') || isPortError(error, 'TOOL_FAILED')) return '';
    throw error;
  }
}
