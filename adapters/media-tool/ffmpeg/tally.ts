/** Counts the video frames of a file without decoding them. */
import { runTool } from './run-tool.js';

export interface ToolPrograms {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  readonly runDir: string;
}

export interface Tally {
  readonly frames: number;
  /** Presentation times in seconds; infinite without a frame. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** Where the last frame ends, if the file says how long it is shown. */
  readonly endSeconds: number;
}

/**
 * Reads the whole file, whatever its header says.
 * @throws PortError `TOOL_MISSING`, `TOOL_FAILED`, or the signal's reason.
 */
export async function tally(
  path: string,
  { ffprobePath, runDir }: ToolPrograms,
  signal: AbortSignal,
): Promise<Tally> {
  let [frames, first, last, end] = [0, Infinity, -Infinity, -Infinity];
  const onLine = (line: string): void => {
    const [shown = NaN, decoded = NaN, length = NaN, bytes = 0] = line.split(',').map(Number.parseFloat);
    // AVI tells decoding times only, and fills a pause with packets that hold nothing.
    const at = Number.isNaN(shown) ? decoded : shown;
    if (Number.isNaN(at) || bytes === 0) return;
    frames += 1;
    first = Math.min(first, at);
    last = Math.max(last, at);
    end = Math.max(end, at + (Number.isNaN(length) ? 0 : length));
  };
  const entries = 'packet=pts_time,dts_time,duration_time,size';
  const args = ['-v', 'error', '-select_streams', 'v:0', '-show_entries', entries, '-of', 'csv=p=0', path];
  await runTool({ command: ffprobePath, args, runDir, onLine, isBackground: true }, signal);
  return { frames, firstSeconds: first, lastSeconds: last, endSeconds: end };
}
