/** How ffmpeg makes one file of parts of others. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CutReport, CutRequest } from '../../../ports/media-tool.js';
import { PortError } from '../../../ports/port-error.js';
import { planPart, requireJoinable, SAME_SECONDS, type PlannedPart } from './cut-plan.js';
import { muxerArguments, QUIET, runWithProgress, unfinishedName } from './remux.js';
import { tally, type ToolPrograms } from './tally.js';

/** An input is entered this much before the first frame that is wanted: a transport stream is not entered at a keyframe. */
const LEAD_SECONDS = 12;

interface Cutting {
  readonly request: CutRequest;
  readonly programs: ToolPrograms;
  readonly signal: AbortSignal;
  /** Files to be removed at the end, whatever happens. */
  readonly unfinished: string[];
}

/** @throws PortError as `MediaTool.cut`; nothing is left behind then. */
export async function cut(
  request: CutRequest,
  programs: ToolPrograms,
  signal: AbortSignal,
): Promise<CutReport> {
  const unfinished: string[] = [];
  const cutting: Cutting = { request, programs, signal, unfinished };
  try {
    const plan: PlannedPart[] = [];
    for (const part of request.parts) plan.push(await planPart(part, request.exact, programs, signal));
    const filled = plan.filter(({ frames }) => frames > 0);
    if (filled.length === 0) throw failed('there is no frame in the parts');
    if (!request.exact) requireJoinable(filled);
    const file = await join(filled, cutting);
    await requireFrames(file, filled, cutting);
    await rename(file, request.to);
    return { parts: plan.map(({ from, to, frames }) => ({ from, to, frames })) };
  } finally {
    for (const file of unfinished) await rm(file, { force: true });
  }
}

/** A single part is written as it is wanted; several go through a stream that carries its parameter sets along. */
async function join(parts: readonly PlannedPart[], cutting: Cutting): Promise<string> {
  const { request } = cutting;
  const [only] = parts;
  const [size] = parts;
  if (only === undefined || size === undefined) throw failed('there are no parts');
  if (parts.length === 1) return await write(only, size, { cutting, format: request.format, before: 0 });
  const pieces: string[] = [];
  let before = 0;
  for (const part of parts) {
    pieces.push(await write(part, size, { cutting, format: 'mpegts', before }));
    before += part.to - part.from;
  }
  return await concatenate(parts, pieces, cutting);
}

async function write(
  part: PlannedPart,
  size: PlannedPart,
  how: { readonly cutting: Cutting; readonly format: CutRequest['format']; readonly before: number },
): Promise<string> {
  const { request, programs, signal } = how.cutting;
  const file = newFile(how.cutting);
  const enter = Math.max(0, part.from - LEAD_SECONDS);
  const skip = Math.max(0, part.from - enter - SAME_SECONDS);
  const length = part.to - enter - skip - SAME_SECONDS;
  const input = ['-ss', text(enter), '-i', part.path, '-ss', text(skip), '-t', text(length), '-map', '0:v:0'];
  const codec = request.exact ? encoding(part, size) : ['-c', 'copy', '-copypriorss', '0'];
  const output = [...codec, '-avoid_negative_ts', 'make_zero', ...muxerArguments(how.format), file];
  const onProgress = (seconds: number): void => request.onProgress?.(how.before + seconds);
  await runWithProgress([...QUIET, ...input, ...output], { ...programs, onProgress }, signal);
  return file;
}

/** Good enough that nobody sees it, and quick enough for a small machine. */
function encoding(part: PlannedPart, { width, height }: PlannedPart): readonly string[] {
  const isSame = part.width === width && part.height === height;
  const box = `${String(width)}:${String(height)}`;
  const fit = `scale=${box}:force_original_aspect_ratio=decrease,pad=${box}:-1:-1,setsar=1`;
  return [
    ...(isSame ? [] : ['-vf', fit]),
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-pix_fmt', 'yuv420p', '-bf', '0'],
    ...['-fps_mode', 'passthrough', '-enc_time_base', '1/90000'],
  ];
}

async function concatenate(
  parts: readonly PlannedPart[],
  pieces: readonly string[],
  cutting: Cutting,
): Promise<string> {
  const { request, programs, signal } = cutting;
  const list = newFile(cutting);
  const lines = pieces.map((piece, index) => {
    const { from = 0, to = 0 } = parts[index] ?? {};
    // The end of the last frame is not in a transport stream.
    return `file 'file:${piece.replaceAll("'", "'\\''")}'\nduration ${text(to - from)}\n`;
  });
  await writeFile(list, `ffconcat version 1.0\n${lines.join('')}`);
  const file = newFile(cutting);
  const input = ['-f', 'concat', '-safe', '0', '-i', list, '-map', '0:v:0', '-c', 'copy'];
  await runWithProgress([...QUIET, ...input, ...muxerArguments(request.format), file], programs, signal);
  return file;
}

async function requireFrames(
  file: string,
  parts: readonly PlannedPart[],
  { request, programs, signal }: Cutting,
): Promise<void> {
  const wanted = parts.reduce((sum, { frames }) => sum + frames, 0);
  const { frames } = await tally(file, programs, signal);
  if (frames === wanted) return;
  const found = `${String(frames)} instead of ${String(wanted)} frames`;
  throw failed(`${basename(request.to)} would have ${found}`);
}

function newFile({ request, unfinished }: Cutting): string {
  const file = unfinishedName(request.to);
  unfinished.push(file);
  return file;
}

function failed(message: string): PortError {
  return new PortError('TOOL_FAILED', { message, detail: { tool: 'ffmpeg', tail: [message] } });
}

function text(seconds: number): string {
  return seconds.toFixed(6);
}
