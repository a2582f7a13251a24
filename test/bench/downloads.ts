/** A download of 100 MB beside nginx, or beside a plain Node server where there is no nginx. */
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnOwned } from '../../adapters/_shared/child-process.js';
import { until } from '../worlds/media.js';
import { freePorts } from '../worlds/ports.js';
import type { Bench } from './bench.js';
import { LoadGenerator } from './load/child.js';
import type { FetchJob } from './load/jobs.js';
import { startMemoryService } from './services.js';
import { median } from './table.js';

const BYTES = 100e6;
const NAME = 'camera0_2026-01-01_00-00-00-000000.mp4';
const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path));

export const downloads: Bench = {
  name: 'downloads',
  run: async ({ quick }) => {
    const dir = await mkdtemp(join(tmpdir(), 'cs-bench-'));
    const folder = join(dir, 'recordings');
    await mkdir(folder);
    await writeFile(join(folder, NAME), Buffer.alloc(BYTES, 'camera'));
    const reference = await (NGINX === undefined ? serveWithNode(folder) : serveWithNginx(folder, NGINX));
    const service = await startMemoryService({ dir });
    const load = LoadGenerator.start();
    const headers = [`Authorization: Bearer ${await service.token('viewer')}`];
    const ours = {
      kind: 'fetch',
      port: service.ports.api,
      path: `/files/recordings/${NAME}`,
      headers,
    } as const;
    const theirs = { kind: 'fetch', port: reference.port, path: `/${NAME}`, headers: [] } as const;
    const rates: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
    try {
      for (let round = 0; round < (quick ? 2 : 9); round += 1) {
        rates.theirs.push(await rateOf(load, theirs));
        rates.ours.push(await rateOf(load, ours));
      }
    } finally {
      load.stop();
      await reference.stop();
      await service.stop();
      await rm(dir, { recursive: true, force: true });
    }
    const [rate, bare] = [median(rates.ours), median(rates.theirs)];
    return [
      {
        what: 'download of 100 MB',
        figure: `${rate.toFixed(0)} MB/s`,
        reference: `${reference.name} ${bare.toFixed(0)} MB/s`,
        ratio: rate / bare,
        goal: '≥ 0.7',
        isHeld: rate / bare >= 0.7,
      },
    ];
  },
};

/** Megabytes a second. */
async function rateOf(load: LoadGenerator, job: FetchJob): Promise<number> {
  const { count, elapsedMs } = await load.run(job);
  if (count < BYTES) throw new Error(`only ${String(count)} bytes were received`);
  return count / elapsedMs / 1_000;
}

interface FileServer {
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

async function serveWithNginx(folder: string, command: string): Promise<FileServer> {
  const [port = 0] = await freePorts(1);
  const home = await mkdtemp(join(tmpdir(), 'cs-nginx-'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${home}/${name};`,
  );
  const server = `server { listen 127.0.0.1:${String(port)}; root ${folder}; sendfile on; access_log off; }`;
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const main = `${user} worker_processes 1; pid ${home}/pid; daemon off; error_log stderr; events {}`;
  await writeFile(join(home, 'nginx.conf'), `${main}\nhttp { ${temporary.join(' ')} ${server} }\n`);
  const child = await spawnOwned({
    label: 'nginx',
    command,
    args: ['-p', home, '-c', join(home, 'nginx.conf')],
  });
  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${String(port)}/${NAME}`, { method: 'HEAD' }).then(
      ({ ok }) => ok,
      () => false,
    );
  await until('nginx', answers, 5_000);
  const stop = async (): Promise<void> => {
    await child.stop(1_000);
    await rm(home, { recursive: true, force: true });
  };
  return { name: 'nginx', port, stop };
}

async function serveWithNode(folder: string): Promise<FileServer> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': BYTES });
    createReadStream(join(folder, NAME)).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name: 'bare Node (no nginx here)',
    port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
