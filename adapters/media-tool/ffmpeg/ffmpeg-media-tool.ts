/** Looks into media files with ffprobe and rewrites them with ffmpeg. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type {
  CutReport,
  CutRequest,
  MediaFacts,
  MediaTool,
  RemuxRequest,
  VideoFrame,
} from '../../../ports/media-tool.js';
import type { CamelCased, OptionValue } from '../../../ports/options.js';
import { PortError } from '../../../ports/port-error.js';
import { readJpeg } from '../../_shared/jpeg-splitter.js';
import { cut } from './cut.js';
import { frameReport } from './frame-report.js';
import { integrityOf } from './integrity.js';
import { readBoxes, type BoxFacts } from './mp4-boxes.js';
import type { FFMPEG_TOOL_OPTIONS } from './options.js';
import { remux } from './remux.js';
import { runTool, type ToolRun } from './run-tool.js';
import { frameArguments, stillArguments, stillFrom } from './still.js';
import { tally } from './tally.js';

export interface FfmpegMediaToolOptions extends CamelCased<OptionValue<typeof FFMPEG_TOOL_OPTIONS>> {
  readonly runDir: string;
}

export const FFMPEG_MEDIA_TOOL = 'ffmpeg';

/** Longer durations in a header are nonsense. */
const LONGEST_SECONDS = 30 * 24 * 3600;

export function createFfmpegMediaTool(options: FfmpegMediaToolOptions): MediaTool {
  return new FfmpegMediaTool(options);
}

class FfmpegMediaTool implements MediaTool {
  readonly name = FFMPEG_MEDIA_TOOL;
  readonly #options: FfmpegMediaToolOptions;

  constructor(options: FfmpegMediaToolOptions) {
    this.#options = options;
  }

  async inspect(path: string, signal: AbortSignal): Promise<MediaFacts> {
    await requireFile(path, signal);
    const report = await this.#probe(['-show_format', '-show_streams', path], signal);
    const video = report.streams?.find(({ codec_type }) => codec_type === 'video');
    const container = containerOf(report);
    const boxes = container.startsWith('mov,') ? await readBoxes(path) : undefined;
    const format = formatOf(container, video?.codec_name, boxes);
    const still = format === 'jpg' || format === 'png';
    const told = still ? 0 : toldDuration(report, boxes);
    const durationSeconds = told ?? (await this.#measure(path, signal));
    const { codec_name: codec = '', width = 0, height = 0 } = video ?? {};
    return { format, codec, width, height, durationSeconds, ...klvOf(format, report) };
  }

  async frames(...[path, from, signal]: Parameters<MediaTool['frames']>): ReturnType<MediaTool['frames']> {
    await requireFile(path, signal);
    return await frameReport(path, from);
  }

  async integrity(path: string, signal: AbortSignal): ReturnType<MediaTool['integrity']> {
    await requireFile(path, signal);
    try {
      return await integrityOf(path, signal);
    } catch (cause) {
      signal.throwIfAborted();
      const message = `${basename(path)} cannot be read`;
      throw new PortError('TOOL_FAILED', { message, cause, detail: { tail: [] } });
    }
  }

  async remux(request: RemuxRequest, signal: AbortSignal): Promise<void> {
    await requireFile(request.from, signal);
    await remux(request, this.#options, signal);
  }

  async cut(request: CutRequest, signal: AbortSignal): Promise<CutReport> {
    for (const { path } of request.parts) await requireFile(path, signal);
    return await cut(request, this.#options, signal);
  }

  async frameAt(frame: VideoFrame, signal: AbortSignal): ReturnType<MediaTool['convertStill']> {
    await requireFile(frame.path, signal);
    const run = { command: this.#options.ffmpegPath, args: frameArguments(frame), isBackground: true };
    return stillFrom(await this.#run(run, signal), frame);
  }

  async convertStill(
    jpeg: Uint8Array,
    options: Parameters<MediaTool['convertStill']>[1],
    signal: AbortSignal,
  ): ReturnType<MediaTool['convertStill']> {
    signal.throwIfAborted();
    if (readJpeg(jpeg) === undefined) {
      throw new PortError('TOOL_FAILED', { message: 'the image is not a JPEG', detail: { tail: [] } });
    }
    return stillFrom(await this.#ffmpeg(stillArguments(options), signal, jpeg), options);
  }

  #ffmpeg(args: readonly string[], signal: AbortSignal, input?: Uint8Array): Promise<Uint8Array> {
    const common = [
      '-hide_banner',
      '-loglevel',
      'error',
      '-nostats',
      ...(input === undefined ? ['-nostdin'] : []),
    ];
    return this.#run({ command: this.#options.ffmpegPath, args: [...common, ...args], input }, signal);
  }

  async #probe(args: readonly string[], signal: AbortSignal): Promise<ProbeReport> {
    const all = ['-v', 'error', '-print_format', 'json', ...args];
    const text = await this.#run({ command: this.#options.ffprobePath, args: all }, signal);
    return JSON.parse(Buffer.from(text).toString('utf8')) as ProbeReport;
  }

  /** Reads all pictures: only for files whose header does not tell. */
  async #measure(path: string, signal: AbortSignal): Promise<number> {
    const { frames, firstSeconds, endSeconds } = await tally(path, this.#options, signal);
    return frames > 0 ? round(endSeconds - firstSeconds) : 0;
  }

  #run(run: Omit<ToolRun, 'runDir'>, signal: AbortSignal): Promise<Uint8Array> {
    return runTool({ ...run, runDir: this.#options.runDir }, signal);
  }
}

interface ProbeReport {
  readonly format?: { readonly format_name?: string; readonly duration?: string };
  readonly streams?: readonly {
    readonly codec_type?: string;
    readonly codec_name?: string;
    readonly width?: number;
    readonly height?: number;
    readonly duration?: string;
  }[];
}

/** Only a transport stream can say that it contains KLV (MISB ST 1402: a data stream with the registration `KLVA`). */
function klvOf(format: MediaFacts['format'], { streams = [] }: ProbeReport): Pick<MediaFacts, 'hasKlv'> {
  if (format === 'unknown') return {};
  return { hasKlv: format === 'mpegts' && streams.some(({ codec_name }) => codec_name === 'klv') };
}

function containerOf({ format }: ProbeReport): string {
  return format?.format_name ?? '';
}

async function requireFile(path: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return;
  throw new PortError('FILE_NOT_FOUND', { message: `${basename(path)} is not there` });
}

function formatOf(
  container: string,
  codec: string | undefined,
  boxes: BoxFacts | undefined,
): MediaFacts['format'] {
  if (boxes !== undefined) return boxes.isFragmented ? 'fmp4' : 'mp4';
  if (container === 'mpegts') return 'mpegts';
  if (container.startsWith('matroska')) return 'mkv';
  if (container === 'avi') return 'avi';
  const isStill = container === 'image2' || container.endsWith('_pipe');
  if (isStill && codec === 'mjpeg') return 'jpg';
  return isStill && codec === 'png' ? 'png' : 'unknown';
}

/**
 * What the header says, when it can be believed: in a fragmented file the duration is written at the end, so a torn one has none
 * or that of a longer file.
 */
function toldDuration(report: ProbeReport, boxes: BoxFacts | undefined): number | undefined {
  if (boxes?.isFragmented === true && (boxes.isTorn || !boxes.hasDuration)) return undefined;
  const tracks = (report.streams ?? []).map(({ duration }) => Number.parseFloat(duration ?? ''));
  const longest = Math.max(0, ...tracks.filter(Number.isFinite));
  const seconds = longest > 0 ? longest : Number.parseFloat(report.format?.duration ?? '');
  return seconds > 0 && seconds < LONGEST_SECONDS ? round(seconds) : undefined;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
