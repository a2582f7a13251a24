/** The command of an installed package as a process, ended with its test. */
import { spawn } from 'node:child_process';

export interface InstalledService {
  /** Asks it to end; by force when it takes too long. */
  stop(): Promise<{ readonly code: number | null; readonly output: string }>;
}

const STOP_WITHIN_MS = 10_000;
const KEPT_OUTPUT = 16 * 1024;

export function startInstalled(bin: string, args: readonly string[], cwd: string): InstalledService {
  const child = spawn(bin, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (part: Buffer): void => {
    output = (output + part.toString()).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  return {
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      const code = await ended;
      clearTimeout(timer);
      return { code, output };
    },
  };
}
