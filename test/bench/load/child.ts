/** Programs that a benchmark starts: the load generator and the references. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Job, JobResult } from './jobs.js';

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The load comes from another process, so that making it costs the server nothing but the other core. */
export class LoadGenerator {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static start(): LoadGenerator {
    return new LoadGenerator(fork(beside('./worker.ts'), { execArgv: ['--import', 'tsx'] }));
  }

  /** Sends a job; `onReady` is called when the sockets are open and listening. @throws Error when the job fails. */
  async run(job: Job, onReady: () => Promise<void> = () => Promise.resolve()): Promise<JobResult> {
    this.#child.send(job);
    for (;;) {
      const [message] = (await once(this.#child, 'message')) as [JobResult | 'ready' | { error: string }];
      if (message === 'ready') await onReady();
      else if ('error' in message) throw new Error(`the load generator failed: ${message.error}`);
      else return message;
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

export interface ReferenceServer {
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

/** A bare `ws` server, run by plain Node. */
export async function startEchoServer(): Promise<ReferenceServer> {
  const child = fork(beside('./echo-server.mjs'), { execArgv: [] });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { port, pid: child.pid ?? 0, stop: () => child.kill('SIGKILL') };
}

/** A Node process that does nothing. */
export async function startBareNode(): Promise<Omit<ReferenceServer, 'port'>> {
  const script = "process.stdout.write('up');setInterval(()=>{},1e9)";
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return { pid: child.pid ?? 0, stop: () => child.kill('SIGKILL') };
}

/** Resident memory in bytes, as the kernel counts it. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}
