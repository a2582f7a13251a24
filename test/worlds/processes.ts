/** What runs on this machine, read from /proc: who started whom, with which words, and in which state. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks after boot; with the pid it names a process for good. */
  readonly startTicks: string;
  /** One letter, as in proc(5): R running, S sleeping, T stopped, Z ended and not yet collected. */
  readonly state: string;
  readonly command: readonly string[];
}

/** @returns `undefined` when there is no such process, or it has ended and was only not collected yet. */
export function processInfo(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent = ''] = fields;
    if (state === 'Z' || state === 'X') return undefined;
    const command = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
      .split('\0')
      .filter((word) => word !== '');
    return { pid, parent: Number(parent), startTicks: fields[19] ?? '', state, command };
  } catch {
    return undefined;
  }
}

export function allProcesses(): readonly ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processInfo(Number(name)) ?? []);
}

/** Children, their children, and so on. */
export function descendantsOf(pid: number): readonly ProcessInfo[] {
  const all = allProcesses();
  const found: ProcessInfo[] = [];
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const next = all.filter((each) => parents.has(each.parent));
    found.push(...next);
    parents = new Set(next.map((each) => each.pid));
  }
  return found;
}

/** True while this very process is there, not another one that got its number. */
export function isRunning({ pid, startTicks }: ProcessInfo): boolean {
  return processInfo(pid)?.startTicks === startTicks;
}

/** Sends a signal to this very process. @returns whether it was there. */
export function signalProcess(target: ProcessInfo, signal: NodeJS.Signals): boolean {
  if (!isRunning(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch {
    return false;
  }
}

export function isFfmpeg({ command }: ProcessInfo): boolean {
  return /(^|\/)ffmpeg$/.test(command[0] ?? '');
}

/** The process that owns a camera: it publishes to the media server. */
export function isCapture(info: ProcessInfo): boolean {
  return isFfmpeg(info) && info.command.some((word) => word.startsWith('rtsp://')) && hasWord(info, 'pipe:3');
}

/** The process that draws a synthetic camera's pictures: the camera itself, not the service's work. */
export function isPattern(info: ProcessInfo): boolean {
  return isFfmpeg(info) && hasWord(info, 'lavfi') && hasWord(info, 'pipe:1');
}

export function isMediaMtx({ command }: ProcessInfo): boolean {
  return /(^|\/)mediamtx$/.test(command[0] ?? '');
}

function hasWord({ command }: ProcessInfo, word: string): boolean {
  return command.includes(word);
}
