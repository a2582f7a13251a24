/** A plugin in a process of its own, which can do anything to itself. */
import { readFile } from 'node:fs/promises';
import { pipeOf, spawnOwned, type OwnedChild } from '../../adapters/_shared/child-process.js';
import { readLines } from '../../adapters/_shared/lines.js';
import { MIB, tooMuchMemory, type Shell, type ShellOptions } from './shell.js';

/** Last words of V8 when the heap is full. */
const HEAP_FULL = /heap limit|out of memory/i;
const PAGE_BYTES = 4096;

export async function startProcessShell(
  { label, runner, memoryBytes, onLine }: ShellOptions,
  runDir: string | undefined,
): Promise<Shell> {
  const heap = `--max-old-space-size=${String(Math.ceil(memoryBytes / MIB))}`;
  const child = await spawnOwned({
    label,
    command: process.execPath,
    args: [heap, ...runner.program, label],
    isPart: true,
    onLine,
    ...(runDir === undefined ? {} : { runDir }),
  });
  readLines(pipeOf(child, 1), onLine);
  return {
    channel: {
      handsOver: false,
      // What is sent while it ends has nobody to read it.
      post: (message) => void child.process.send?.(message as object, undefined, {}, () => undefined),
      listen: (listener) => void child.process.on('message', listener),
    },
    ended: child.exited.then((end) => why(end, child, memoryBytes)),
    kill: () => child.kill('SIGKILL'),
    residentBytes: () => residentBytes(child.pid),
    pid: child.pid,
  };
}

function why(
  { code, signal }: Awaited<OwnedChild['exited']>,
  child: OwnedChild,
  memoryBytes: number,
): string {
  if (child.tail().some((line) => HEAP_FULL.test(line))) return tooMuchMemory(memoryBytes);
  return signal === null ? `ended with exit code ${String(code)}` : `was ended by ${signal}`;
}

/** proc_pid_statm(5): the second number, in pages. */
async function residentBytes(pid: number): Promise<number | undefined> {
  const statm = await readFile(`/proc/${String(pid)}/statm`, 'utf8').catch(() => '');
  const pages = Number(statm.split(' ')[1]);
  return Number.isFinite(pages) ? pages * PAGE_BYTES : undefined;
}
