import type { ChildProcess } from 'node:child_process';

/** Ends a child that was made detached, and whatever it has started. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
