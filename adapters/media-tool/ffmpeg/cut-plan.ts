/** Which frames of a file a part takes, found without decoding them. */
import type { CutPart } from '../../../ports/media-tool.js';
import { PortError } from '../../../ports/port-error.js';
import { runTool } from './run-tool.js';
import type { ToolPrograms } from './tally.js';

/** The frames of one part. Times are in seconds since the first frame of the file. */
export interface PlannedPart {
  readonly path: string;
  /** The first frame, and where the last one ends. */
  readonly from: number;
  readonly to: number;
  readonly frames: number;
  /** How the file is joined with others. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
}

/** A frame this much earlier or later is the same one: times are rounded to the clock of a container. */
export const SAME_SECONDS = 0.0005;
/** Keyframes are nearer than this to each other, or the whole file is read. */
const LOOK_BACK_SECONDS = 12;
const FALLBACK_INTERVAL = 1 / 30;

interface Packet {
  readonly at: number;
  readonly isKey: boolean;
}

/** @throws PortError `TOOL_FAILED` for a file without video. */
export async function planPart(
  part: CutPart,
  exact: boolean,
  programs: ToolPrograms,
  signal: AbortSignal,
): Promise<PlannedPart> {
  const { path, from, to } = part;
  const video = await videoOf(path, programs, signal);
  const [first] = await packetsOf(path, '%+#1', programs, signal);
  const zero = first?.at ?? 0;
  const look = async (begin: number): Promise<readonly Packet[]> => {
    const window = `${String(Math.max(0, zero + begin))}%${String(zero + to + 1)}`;
    return (await packetsOf(path, window, programs, signal)).map(({ at, isKey }) => ({
      at: at - zero,
      isKey,
    }));
  };
  const near = await look(Math.max(0, from - LOOK_BACK_SECONDS));
  const keyIn = (packets: readonly Packet[]): Packet | undefined =>
    packets.findLast(({ at, isKey }) => isKey && at <= from + SAME_SECONDS);
  const packets = keyIn(near) === undefined && from > 0 ? await look(0) : near;
  const begin = exact ? from : (keyIn(packets)?.at ?? from);
  const between = (since: number): readonly Packet[] =>
    packets.filter(({ at }) => at >= since - SAME_SECONDS && at < to - SAME_SECONDS);
  // The keyframe before the part alone is not worth a file.
  const taken = between(from).length > 0 ? between(begin) : [];
  return { path, ...video, ...extentOf(taken, packets, begin) };
}

/** Whether the parts can be joined as they are. @throws PortError `UNSUPPORTED`. */
export function requireJoinable(parts: readonly PlannedPart[]): void {
  const kinds = new Set(
    parts.map(({ codec, width, height }) => `${codec} ${String(width)}x${String(height)}`),
  );
  if (kinds.size <= 1) return;
  throw new PortError('UNSUPPORTED', {
    message: `parts with different formats cannot be joined without encoding: ${[...kinds].join(', ')}`,
    detail: { feature: 'join', kinds: [...kinds] },
  });
}

function extentOf(
  taken: readonly Packet[],
  all: readonly Packet[],
  begin: number,
): Pick<PlannedPart, 'from' | 'to' | 'frames'> {
  const times = taken.map(({ at }) => at).sort((a, b) => a - b);
  const [from = begin, last = begin] = [times[0], times.at(-1)];
  if (times.length === 0) return { from, to: from, frames: 0 };
  const next = all.reduce((least, { at }) => (at > last ? Math.min(least, at) : least), Infinity);
  const usual = times.length > 1 ? (last - from) / (times.length - 1) : FALLBACK_INTERVAL;
  return { from, to: Math.min(next, last + usual), frames: times.length };
}

async function packetsOf(
  path: string,
  interval: string,
  { ffprobePath, runDir }: ToolPrograms,
  signal: AbortSignal,
): Promise<readonly Packet[]> {
  const packets: Packet[] = [];
  const onLine = (line: string): void => {
    const [shown = '', decoded = '', flags = ''] = line.split(',');
    const at = Number.parseFloat(shown === 'N/A' ? decoded : shown);
    if (!Number.isNaN(at)) packets.push({ at, isKey: flags.startsWith('K') });
  };
  const entries = ['-show_entries', 'packet=pts_time,dts_time,flags', '-of', 'csv=p=0'];
  const args = ['-v', 'error', '-select_streams', 'v:0', '-read_intervals', interval, ...entries, path];
  await runTool({ command: ffprobePath, args, runDir, onLine, isBackground: true }, signal);
  return packets;
}

async function videoOf(
  path: string,
  { ffprobePath, runDir }: ToolPrograms,
  signal: AbortSignal,
): Promise<Pick<PlannedPart, 'codec' | 'width' | 'height'>> {
  const entries = ['-select_streams', 'v:0', '-show_entries', 'stream=codec_name,width,height'];
  const args = ['-v', 'error', ...entries, '-of', 'json', path];
  const text = await runTool({ command: ffprobePath, args, runDir }, signal);
  const [stream] = (JSON.parse(Buffer.from(text).toString('utf8')) as Streams).streams ?? [];
  if (stream === undefined)
    throw new PortError('TOOL_FAILED', { message: 'the file has no video', detail: { tail: [] } });
  return { codec: stream.codec_name ?? '', width: stream.width ?? 0, height: stream.height ?? 0 };
}

interface Streams {
  readonly streams?: readonly {
    readonly codec_name?: string;
    readonly width?: number;
    readonly height?: number;
  }[];
}
