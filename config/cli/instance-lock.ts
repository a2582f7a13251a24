import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PortError } from '../../ports/index.js';

/** Keeps two services from using the same folders. Survives a crash: the record of a process that is gone does not count. */
export class InstanceLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws PortError `ADDRESS_IN_USE` when another service runs on this folder. */
  static take(runDirectory: string, pid: number): InstanceLock {
    const path = join(runDirectory, 'service.pid');
    const holder = readHolder(path);
    if (holder !== undefined && holder.pid !== pid && startOf(holder.pid) === holder.start) {
      throw new PortError('ADDRESS_IN_USE', {
        message: `another camera service (process ${String(holder.pid)}) uses ${runDirectory}; give this one its own paths.*`,
        detail: { key: 'paths.run', holder: holder.pid },
      });
    }
    writeFileSync(path, `${String(pid)} ${startOf(pid)}\n`, { mode: 0o600 });
    return new InstanceLock(path);
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}

function readHolder(path: string): { pid: number; start: string } | undefined {
  try {
    const [pid = '', start = ''] = readFileSync(path, 'utf8').trim().split(' ');
    return /^\d+$/.test(pid) ? { pid: Number(pid), start } : undefined;
  } catch {
    return undefined;
  }
}

/** When a process started, in clock ticks after boot (proc(5), field 22); empty when there is none. Tells a reused number. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
