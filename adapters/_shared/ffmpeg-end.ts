/** Why a capture by ffmpeg has ended, in the words of the port. */
import type { CaptureEnd } from '../../ports/capture.js';
import { unknownOption } from './ffmpeg-dialect.js';
import { deviceTrouble, isPublishTrouble } from './ffmpeg-words.js';

export const END_WORDS: Readonly<Record<CaptureEnd['reason'], string>> = {
  stopped: 'the capture was stopped',
  device_gone: 'the camera has been disconnected',
  device_busy: 'another program is using the camera',
  no_bandwidth: 'the USB bus has no bandwidth left',
  publish_failed: 'the media server did not accept the stream',
  tool_missing: 'ffmpeg is missing',
  failed: 'the capture failed',
};

export function reasonOf(code: number | null, tail: readonly string[]): CaptureEnd['reason'] {
  const trouble = deviceTrouble(tail);
  if (unknownOption(tail) !== undefined) return 'failed';
  if (trouble === 'busy') return 'device_busy';
  if (trouble === 'no-bandwidth') return 'no_bandwidth';
  if (code === 0 || trouble === 'gone') return 'device_gone';
  return isPublishTrouble(tail) ? 'publish_failed' : 'failed';
}

/** An end as the service is told of it, with how ffmpeg ended. */
export function endOf(
  reason: CaptureEnd['reason'],
  {
    code,
    signal,
    tail,
  }: { readonly code: number | null; readonly signal: string | null; readonly tail: readonly string[] },
): CaptureEnd {
  const option = unknownOption(tail);
  const what =
    option === undefined ? END_WORDS[reason] : `this ffmpeg does not support the option -${option}`;
  return { reason, message: `${what} (ffmpeg: ${signal ?? `exit code ${code ?? 'unknown'}`})`, tail };
}
