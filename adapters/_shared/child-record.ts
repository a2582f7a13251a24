/**
 * Notes about running children in the run folder, so that the next start can end what a killed service left behind.
 * A process is recognised by number, start time and boot together: numbers alone are used again.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import type { Logger } from '../../ports/logger.js';
import { bootId, isRunning, processMark, type ProcessMark } from './plain/processes.mjs';

const GONE_WITHIN_MS = 2_000;
const POLL_MS = 20;

interface ChildRecord extends ProcessMark {
  readonly label: string;
  readonly bootId: string;
  /** The service that started the child. While it lives the child is no orphan. */
  readonly owner: ProcessMark;
  /** The thread of the service that started it: 0 for the main one. */
  readonly thread: number;
}

/** Writes the record of a child. @returns a function that removes it. */
export function recordChild(runDir: string, pid: number, label: string): () => void {
  const mark = processMark(pid);
  if (mark === undefined) return () => undefined;
  const owner = processMark(process.pid) ?? { pid: process.pid, startTicks: '' };
  const record: ChildRecord = { ...mark, label, bootId: bootId(), owner, thread: threadId };
  const file = join(runDir, 'children', `${pid}.json`);
  mkdirSync(join(runDir, 'children'), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/**
 * Ends (SIGKILL of the group) every recorded process that still runs and whose service does not, and removes the records.
 * To be called at start, before anything is spawned, and when a part of the service has ended.
 * @param endedThread a thread of this process that is no more. @returns how many were ended.
 */
export async function reapOrphans(runDir: string, log: Logger, endedThread?: number): Promise<number> {
  const folder = join(runDir, 'children');
  let ended = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    const record = readRecord(join(folder, name));
    if (record !== undefined && record.bootId === bootId()) {
      if (isRunning(record.owner) && !isOf(endedThread, record)) continue;
      if (isRunning(record) && (await endGroup(record))) {
        ended += 1;
        log.warn('a process left behind by an earlier run was stopped', {
          label: record.label,
          pid: record.pid,
        });
      } else if (isRunning(record)) {
        log.error('a process left behind by an earlier run cannot be stopped', {
          label: record.label,
          pid: record.pid,
        });
        continue;
      }
    }
    rmSync(join(folder, name), { force: true });
  }
  return ended;
}

function isOf(thread: number | undefined, { owner, thread: own }: ChildRecord): boolean {
  return thread !== undefined && own === thread && owner.pid === process.pid;
}

async function endGroup(mark: ProcessMark): Promise<boolean> {
  try {
    process.kill(-mark.pid, 'SIGKILL');
  } catch {
    return !isRunning(mark);
  }
  for (let waited = 0; waited < GONE_WITHIN_MS && isRunning(mark); waited += POLL_MS) await delay(POLL_MS);
  return !isRunning(mark);
}

function readRecord(file: string): ChildRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is ChildRecord {
  const { label, bootId, owner } = (value ?? {}) as Partial<ChildRecord>;
  return isMark(value) && isMark(owner) && typeof bootId === 'string' && typeof label === 'string';
}

function isMark(value: unknown): value is ProcessMark {
  const { pid, startTicks } = (value ?? {}) as Partial<ProcessMark>;
  return Number.isInteger(pid) && (pid ?? 0) > 1 && typeof startTicks === 'string';
}
