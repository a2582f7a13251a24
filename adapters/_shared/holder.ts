import { readFile } from 'node:fs/promises';
import { processesWithOpen, shortName } from './plain/processes.mjs';

/** More names than these help nobody. */
const MOST = 3;

/**
 * The programs that have a node open, such as `zoom (pid 123)`, as far as this user may see them: the kernel does not tell which
 * of them streams.
 * @param except a process that does not count.
 */
export async function findHolder(path: string, except = process.pid): Promise<string | undefined> {
  const pids = await processesWithOpen((target) => target === path, { except, most: MOST });
  const holders = pids.map(async (pid) => `${(await shortName(pid)) || 'a process'} (pid ${pid})`);
  return pids.length === 0 ? undefined : (await Promise.all(holders)).join(', ');
}

/** A synthetic camera that another program has says so in a file beside its socket. */
export async function findSyntheticHolder(socketPath: string): Promise<string | undefined> {
  const holder = await readFile(socketPath.replace(/\.sock$/, '.busy'), 'utf8').catch(() => undefined);
  return holder === '' ? 'another program' : holder;
}
