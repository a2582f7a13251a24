/** Which ports are free, and who holds the others. */
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { processesWithOpen, programName } from '../../../adapters/_shared/plain/processes.mjs';
import type { DoctorLine } from './line.js';

export interface CheckedPort {
  /** The configuration key that sets it. */
  readonly key: string;
  readonly port: number;
  /** Default `0.0.0.0`. */
  readonly host?: string;
}

/** Programs of the service itself: a port that they hold is no fault. */
const OURS = /camera-service|mediamtx/;

export async function checkPort({ key, port, host = '0.0.0.0' }: CheckedPort): Promise<DoctorLine> {
  const component = `port ${port}`;
  const failure = await tryToListen(port, host);
  if (failure === undefined) return { component, state: 'ok', found: 'free' };
  if (failure !== 'EADDRINUSE') {
    return {
      component,
      state: 'missing',
      found: `cannot be used: ${failure}`,
      remedy: `set ${key} to another port`,
    };
  }
  const holder = await findHolder(port);
  const found = `in use by ${holder === undefined ? 'another program' : `${holder.name} (pid ${holder.pid})`}`;
  if (holder !== undefined && OURS.test(holder.name)) return { component, state: 'ok', found };
  return { component, state: 'missing', found, remedy: `stop that program or set ${key} to another port` };
}

function tryToListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host }, () => server.close(() => resolve(undefined)));
  });
}

/** Undefined when the holder belongs to somebody whose processes we may not look into. */
async function findHolder(port: number): Promise<{ pid: number; name: string } | undefined> {
  const sockets = new Set((await listeningInodes(port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const [pid] = await processesWithOpen((target) => sockets.has(target), { most: 1 });
  return pid === undefined ? undefined : { pid, name: await programName(pid) };
}

async function listeningInodes(port: number): Promise<string[]> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readText));
  return tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter((fields) => fields[1]?.endsWith(wanted) === true && fields[3] === '0A')
    .map((fields) => fields[9] ?? '');
}

const readText = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');
