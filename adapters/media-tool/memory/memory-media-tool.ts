/** Knows the files it was told about; pictures pass through unchanged. */
import type {
  CutPart,
  CutReport,
  CutRequest,
  FramePosition,
  FrameReport,
  IntegrityReport,
  MediaFacts,
  MediaTool,
  StillOptions,
  VideoFrame,
} from '../../../ports/media-tool.js';
import { PortError } from '../../../ports/port-error.js';
import { sampleJpeg } from '../../_shared/jpeg-sample.js';
import { readJpeg } from '../../_shared/jpeg-splitter.js';

export interface MemoryMediaToolControl {
  /** What is found at this path; a `PortError` is thrown, `undefined` takes the file away. */
  set(path: string, facts: MediaFacts | PortError | undefined): void;
  get(path: string): MediaFacts | PortError | undefined;
  /** Frames pause in the file at this path. */
  pause(path: string, atSeconds: number, seconds: number): void;
  /** What is found to be intact of the file at this path; otherwise each media file is, with a size of 1000 bytes. */
  damage(path: string, report: IntegrityReport): void;
}

export interface MemoryMediaTool extends MediaTool {
  readonly control: MemoryMediaToolControl;
}

export const MEMORY_MEDIA_TOOL = 'memory';

const PNG_HEAD = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export function createMemoryMediaTool(): MemoryMediaTool {
  const known = { files: new Map(), damaged: new Map(), paused: new Map() } as Known;
  const { files, damaged, paused } = known;
  const factsOf = (path: string, signal: AbortSignal): MediaFacts => {
    signal.throwIfAborted();
    const facts = files.get(path);
    if (facts === undefined) throw new PortError('FILE_NOT_FOUND', { message: 'no such file' });
    if (facts instanceof PortError) throw facts;
    return facts;
  };
  return {
    name: MEMORY_MEDIA_TOOL,
    control: controlOf(known),
    inspect: async (path, signal) => factsOf(path, signal),
    frames: async (path, from, signal) => reportOf(factsOf(path, signal), paused.get(path) ?? [], from),
    remux: async ({ from, to, format, onProgress }, signal) => {
      const facts = factsOf(from, signal);
      files.set(to, { ...facts, format });
      onProgress?.(facts.durationSeconds);
    },
    cut: async (request, signal) =>
      cutOf(
        request,
        request.parts.map(({ path }) => factsOf(path, signal)),
        (facts) => void files.set(request.to, facts),
      ),
    integrity: async (path, signal) => {
      signal.throwIfAborted();
      return damaged.get(path) ?? integrityOf(files.get(path));
    },
    frameAt: async ({ path, ...frame }, signal) => frameOf(factsOf(path, signal), frame),
    convertStill: async (jpeg, options, signal) => {
      signal.throwIfAborted();
      return stillOf(jpeg, options);
    },
  };
}

function cutOf(
  { parts, format, exact, onProgress }: CutRequest,
  originals: readonly MediaFacts[],
  put: (facts: MediaFacts) => void,
): CutReport {
  const taken = parts.map((part, index) => takenOf(part, originals[index]?.durationSeconds ?? 0, exact));
  const durationSeconds = taken.reduce((sum, part) => sum + part.to - part.from, 0);
  if (originals[0] === undefined || durationSeconds === 0)
    throw new PortError('TOOL_FAILED', { message: 'no frame is in the parts' });
  put({ ...originals[0], format, durationSeconds });
  onProgress?.(durationSeconds);
  return { parts: taken };
}

/** There are 30 frames and one keyframe in each second. */
function takenOf({ from, to }: CutPart, durationSeconds: number, exact: boolean): CutReport['parts'][number] {
  const first = Math.min(exact ? Math.ceil(from * 30) / 30 : Math.floor(from), durationSeconds);
  const end = Math.max(first, Math.min(Math.ceil(to * 30) / 30, durationSeconds));
  return { from: first, to: end, frames: Math.round((end - first) * 30) };
}

type Pauses = FrameReport['pauses'];

function reportOf(facts: MediaFacts, paused: Pauses, from: FramePosition | undefined): FrameReport {
  if (facts.format === 'unknown')
    throw new PortError('TOOL_FAILED', { message: 'the file is not a media file' });
  const position = { byte: 0, interval: 1 / 30, ...from, seconds: facts.durationSeconds };
  return { pauses: paused.filter((pause) => pause.atSeconds >= (from?.seconds ?? 0)), position };
}

interface Known {
  readonly files: Map<string, MediaFacts | PortError>;
  readonly damaged: Map<string, IntegrityReport>;
  readonly paused: Map<string, readonly { atSeconds: number; seconds: number }[]>;
}

function controlOf({ files, damaged, paused }: Known): MemoryMediaToolControl {
  return {
    set: (path, facts) => void (facts === undefined ? files.delete(path) : files.set(path, facts)),
    get: (path) => files.get(path),
    pause: (path, atSeconds, seconds) =>
      void paused.set(path, [...(paused.get(path) ?? []), { atSeconds, seconds }]),
    damage: (path, report) => void damaged.set(path, report),
  };
}

const SOUND_BYTES = 1_000;
const NO_MEDIA: IntegrityReport = {
  format: 'unknown',
  sizeBytes: 10,
  complete: false,
  intact: [],
  problems: [{ at: 0, reason: 'no media' }],
};

function integrityOf(facts: MediaFacts | PortError | undefined): IntegrityReport {
  if (facts === undefined) throw new PortError('FILE_NOT_FOUND', { message: 'no such file' });
  const format = facts instanceof PortError ? 'unknown' : facts.format;
  const isMovie = format === 'fmp4' || format === 'mp4' || format === 'mpegts' || format === 'mkv';
  if (!isMovie) return NO_MEDIA;
  const intact = [{ first: 0, last: SOUND_BYTES - 1 }];
  return { format, sizeBytes: SOUND_BYTES, complete: true, intact, problems: [] };
}

type Still = Awaited<ReturnType<MediaTool['convertStill']>>;

function stillOf(jpeg: Uint8Array, { format, width }: StillOptions): Still {
  const picture = readJpeg(jpeg);
  if (picture === undefined) throw new PortError('TOOL_FAILED', { message: 'the image is not a JPEG' });
  const size = scaled(picture, width);
  return { bytes: format === 'png' ? pngHead(size) : picture.jpeg, ...size };
}

function frameOf(facts: MediaFacts, { atSeconds, width }: Omit<VideoFrame, 'path'>): Still {
  if (atSeconds >= facts.durationSeconds)
    throw new PortError('TOOL_FAILED', { message: 'no frame is there' });
  return { bytes: sampleJpeg().jpeg, ...scaled(facts, width) };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function scaled({ width, height }: Size, wanted: number | undefined): Size {
  if (wanted === undefined || wanted >= width) return { width, height };
  return { width: wanted, height: Math.max(1, Math.round((height * wanted) / width)) };
}

/** Enough of a PNG to be recognised as one of this size; there is no encoder here. */
function pngHead({ width, height }: Size): Uint8Array {
  const bytes = Buffer.alloc(33);
  Buffer.from(PNG_HEAD).copy(bytes);
  bytes.writeUInt32BE(13, 8);
  bytes.write('IHDR', 12, 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return new Uint8Array(bytes);
}
