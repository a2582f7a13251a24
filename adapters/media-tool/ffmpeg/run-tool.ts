/** Runs a tool to its end and takes what it writes. */
import { basename } from 'node:path';
import { PortError } from '../../../ports/port-error.js';
import { spawnOwned, type OwnedChild } from '../../_shared/child-process.js';
import { redactUrls } from '../../_shared/ffmpeg-words.js';

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly runDir: string;
  readonly input?: Uint8Array | undefined;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

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
  const kill = (): void => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const output = collect(child);
  child.process.stdin?.end(run.input);
  const { code } = await child.exited;
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  if (code !== 0 || output.isTooLarge()) throw toolError(run, child.tail().map(redactUrls));
  return output.bytes();
}

function collect(child: OwnedChild): { bytes(): Uint8Array; isTooLarge(): boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  child.process.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  return { bytes: () => new Uint8Array(Buffer.concat(chunks)), isTooLarge: () => size > MAX_OUTPUT_BYTES };
}

function toolError({ command }: ToolRun, tail: readonly string[]): PortError {
  const tool = basename(command);
  if (tail.some((line) => line.includes('No space left on device'))) {
    return new PortError('STORAGE_FULL', { message: 'no space left for the file', detail: { tool } });
  }
  return new PortError('TOOL_FAILED', {
    message: `${tool} failed`,
    detail: { tool, tail: tail.slice(-5) },
  });
}
