/** How ffmpeg copies the tracks of a file into another container. */
import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RemuxRequest } from '../../../ports/media-tool.js';
import { PortError } from '../../../ports/port-error.js';
import { runTool } from './run-tool.js';
import { tally, type Tally, type ToolPrograms } from './tally.js';

/** AVI has no place for parameter sets outside the stream (ITU-T H.264 annex B). */
const MUXERS = {
  mp4: ['-movflags', '+faststart', '-f', 'mp4'],
  mkv: ['-f', 'matroska'],
  avi: ['-f', 'avi'],
  mpegts: ['-f', 'mpegts'],
} as const;
export type Container = keyof typeof MUXERS;

/** Where ffmpeg is in its output, in microseconds; the second name is that of older versions. */
const PROGRESS = /^out_time_(?:us|ms)=(\d+)$/;
/** Times are rounded: to milliseconds in Matroska, to frames in AVI. */
const ROUNDING_SECONDS = 0.01;

/** What ffmpeg is told for every run that writes a file. */
export const QUIET = ['-hide_banner', '-loglevel', 'error', '-nostats', '-nostdin', '-y'] as const;

export function muxerArguments(format: Container): readonly string[] {
  return MUXERS[format];
}

/** A name beside the target that is never listed. What a killed process leaves under it is removed by the store of files. */
export function unfinishedName(to: string): string {
  return join(dirname(to), `.writing-${randomBytes(8).toString('hex')}`);
}

/** @throws PortError `TOOL_MISSING`, `TOOL_FAILED`, `STORAGE_FULL`, or the signal's reason; nothing is left behind then. */
export async function remux(
  request: RemuxRequest,
  programs: ToolPrograms,
  signal: AbortSignal,
): Promise<void> {
  const { from, to, format } = request;
  const unfinished = unfinishedName(to);
  const tracks = ['-map', '0:v?', '-map', '0:a?', ...(format === 'mpegts' ? ['-map', '0:d?'] : [])];
  const args = [...QUIET, '-i', from, ...tracks, '-c', 'copy', ...muxerArguments(format), unfinished];
  try {
    await runWithProgress(args, { ...programs, onProgress: request.onProgress }, signal);
    const [original, copy] = [await tally(from, programs, signal), await tally(unfinished, programs, signal)];
    requireAlike(original, copy, basename(from));
    await rename(unfinished, to);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

interface ProgressRun extends ToolPrograms {
  readonly onProgress?: ((seconds: number) => void) | undefined;
}

/** Runs ffmpeg in the background. @throws PortError as `runTool`. */
export async function runWithProgress(
  args: readonly string[],
  { ffmpegPath, runDir, onProgress }: ProgressRun,
  signal: AbortSignal,
): Promise<void> {
  let told = 0;
  const onLine = (line: string): void => {
    const seconds = Number(PROGRESS.exec(line)?.[1] ?? 0) / 1_000_000;
    if (seconds <= told) return;
    told = seconds;
    onProgress?.(seconds);
  };
  const all = ['-progress', 'pipe:1', ...args];
  await runTool({ command: ffmpegPath, args: all, runDir, onLine, isBackground: true }, signal);
}

/** The copy has all frames of the original, and they take the same time. */
function requireAlike(original: Tally, copy: Tally, filename: string): void {
  const [length, found] = [lengthOf(original), lengthOf(copy)];
  const interval = original.frames > 1 ? length / (original.frames - 1) : 1;
  const isAlike =
    Math.abs(original.frames - copy.frames) <= 1 && Math.abs(length - found) <= interval + ROUNDING_SECONDS;
  if (isAlike) return;
  const told = ({ frames }: Tally, seconds: number): string => `${frames} frames in ${seconds.toFixed(3)} s`;
  const tail = [`the original has ${told(original, length)}, the new file ${told(copy, found)}`];
  throw new PortError('TOOL_FAILED', {
    message: `${filename} could not be rewritten: ${tail.join('')}`,
    detail: { tool: 'ffmpeg', reason: 'verification', tail },
  });
}

function lengthOf({ frames, firstSeconds, lastSeconds }: Tally): number {
  return frames > 0 ? lastSeconds - firstSeconds : 0;
}
