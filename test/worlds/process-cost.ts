/** What a process costs while it runs, as the kernel counts it over all its threads. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface Cost {
  /** Share of one core. */
  readonly cpu: number;
  /** How often one of its threads went to sleep, and so had been woken. */
  readonly wakeUpsPerSecond: number;
}

interface Counters {
  readonly at: number;
  readonly cpuNs: number;
  readonly wakeUps: number;
}

/** Watches processes for a while, all at the same time. */
export async function costOf(pids: readonly number[], durationMs: number): Promise<readonly Cost[]> {
  const before = pids.map(counters);
  await delay(durationMs);
  return pids.map((pid, index) => difference(before[index] ?? counters(pid), counters(pid)));
}

/** What it has computed since its start, in milliseconds. */
export function cpuMsOf(pid: number): number {
  return counters(pid).cpuNs / 1e6;
}

function difference(from: Counters, to: Counters): Cost {
  const seconds = (to.at - from.at) / 1000;
  return {
    cpu: (to.cpuNs - from.cpuNs) / 1e9 / seconds,
    wakeUpsPerSecond: (to.wakeUps - from.wakeUps) / seconds,
  };
}

/** Threads that end meanwhile take their counts with them; those of Node stay. */
function counters(pid: number): Counters {
  const folder = `/proc/${String(pid)}/task`;
  let [cpuNs, wakeUps] = [0, 0];
  for (const task of readdirSync(folder)) {
    const status = readFileSync(`${folder}/${task}/status`, 'utf8');
    cpuNs += Number(readFileSync(`${folder}/${task}/schedstat`, 'utf8').split(' ')[0]);
    wakeUps += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
  }
  return { at: performance.now(), cpuNs, wakeUps };
}
