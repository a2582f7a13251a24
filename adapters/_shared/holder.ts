import { readFile, readdir, readlink } from 'node:fs/promises';

/** More names than these help nobody. */
const MOST = 3;

/**
 * The programs that have a node open, such as `zoom (pid 123)`, as far as this user may see them: the kernel does not tell which
 * of them streams.
 * @param except a process that does not count.
 */
export async function findHolder(path: string, except = process.pid): Promise<string | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((n) => /^\d+$/.test(n));
  const holders: string[] = [];
  for (const pid of pids) {
    if (Number(pid) === except || !(await hasOpen(pid, path))) continue;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    if (holders.push(`${name || 'a process'} (pid ${pid})`) === MOST) break;
  }
  return holders.length === 0 ? undefined : holders.join(', ');
}

/** A synthetic camera that another program has says so in a file beside its socket. */
export async function findSyntheticHolder(socketPath: string): Promise<string | undefined> {
  const holder = await readFile(socketPath.replace(/\.sock$/, '.busy'), 'utf8').catch(() => undefined);
  return holder === '' ? 'another program' : holder;
}

async function hasOpen(pid: string, path: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const fd of await readdir(folder).catch(() => [])) {
    if ((await readlink(`${folder}/${fd}`).catch(() => '')) === path) return true;
  }
  return false;
}
