/** A plugin in a thread of its own: it cannot block the service or fill its heap, but a crash of native code ends both. */
import { Worker } from 'node:worker_threads';
import { readLines } from '../../adapters/_shared/lines.js';
import { wordsOf } from '../guard/fault-book.js';
import { MIB, tooMuchMemory, type Shell, type ShellOptions } from './shell.js';

/** Short-lived objects, beside those that stay. */
const YOUNG_MIB = 32;

export function startWorkerShell({ label, runner, memoryBytes, onLine }: ShellOptions): Shell {
  const worker = new Worker(runner.thread, {
    name: label,
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.ceil(memoryBytes / MIB),
      maxYoungGenerationSizeMb: YOUNG_MIB,
    },
  });
  for (const stream of [worker.stdout, worker.stderr]) readLines(stream, onLine);
  const { threadId } = worker;
  let error: unknown;
  worker.on('error', (cause) => (error ??= cause));
  const ended = new Promise<string>((resolve) => {
    worker.once('exit', (code) => resolve(error === undefined ? exited(code) : failed(error, memoryBytes)));
  });
  return {
    channel: {
      handsOver: true,
      post: (message, bytes) => worker.postMessage(message, bytes),
      listen: (listener) => void worker.on('message', listener),
    },
    ended,
    kill: () => void worker.terminate(),
    residentBytes: () => Promise.resolve(undefined),
    threadId,
  };
}

function exited(code: number): string {
  return `ended with exit code ${String(code)}`;
}

function failed(cause: unknown, memoryBytes: number): string {
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  return code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? tooMuchMemory(memoryBytes)
    : `left an error uncaught: ${wordsOf(cause)}`;
}
