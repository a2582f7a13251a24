/** Runs a tool to its end and takes what it writes. */
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';
import { PortError } from '../../../ports/port-error.js';
import { spawnOwned, type OwnedChild } from '../../_shared/child-process.js';
import { redactUrls } from '../../_shared/ffmpeg-words.js';
import { readLines } from '../../_shared/lines.js';

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly runDir: string;
  readonly input?: Uint8Array | undefined;
  /** Called for each line of the output, which is then not kept: it may be of any length. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Whether everything else on this machine is more urgent. */
  readonly isBackground?: boolean | undefined;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** How much nicer than the service a program in the background is, on the scale of setpriority(2). */
const NICER = 10;
const NICEST = 19;

/** @throws PortError `TOOL_MISSING`, `TOOL_FAILED`, `STORAGE_FULL`, or the signal's reason; the process has ended by then. */
export async function runTool(run: ToolRun, signal: AbortSignal): Promise<Uint8Array> {
  signal.throwIfAborted();
  const child = await spawnOwned({
    label: basename(run.command),
    command: run.command,
    args: run.args,
    runDir: run.runDir,
    stdio: [run.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (run.isBackground === true) yieldTo(child.pid);
  const kill = (): void => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const output = collect(child, run.onLine);
  child.process.stdin?.end(run.input);
  const { code } = await child.exited;
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  const tail = child.tail();
  // ffmpeg exits with 0 although the end of its file found no room.
  if (code !== 0 || output.isTooLarge() || tail.some(isNoSpace)) throw toolError(run, tail.map(redactUrls));
  return output.bytes();
}

/** Captures and recordings go before it. A process that has ended already needs no priority. */
function yieldTo(pid: number): void {
  try {
    setPriority(pid, Math.min(NICEST, getPriority(pid) + NICER));
  } catch {
    // It has ended.
  }
}

function collect(
  child: OwnedChild,
  onLine: ToolRun['onLine'],
): { bytes(): Uint8Array; isTooLarge(): boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  if (onLine !== undefined && child.process.stdout) {
    readLines(child.process.stdout, onLine);
    return { bytes: () => new Uint8Array(), isTooLarge: () => false };
  }
  child.process.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  return { bytes: () => new Uint8Array(Buffer.concat(chunks)), isTooLarge: () => size > MAX_OUTPUT_BYTES };
}

function toolError({ command }: ToolRun, tail: readonly string[]): PortError {
  const tool = basename(command);
  if (tail.some(isNoSpace)) {
    return new PortError('STORAGE_FULL', { message: 'no space left for the file', detail: { tool } });
  }
  return new PortError('TOOL_FAILED', {
    message: `${tool} failed`,
    detail: { tool, tail: tail.slice(-5) },
  });
}

function isNoSpace(line: string): boolean {
  return line.includes('No space left on device');
}
