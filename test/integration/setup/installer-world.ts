/** A home, a PATH and a release server that belong to one test. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { ensureMediaMtx } from '../../../config/setup/mediamtx/install.mjs';

export const ARCHIVE = 'mediamtx_v1.20.1_linux_amd64.tar.gz';

export interface InstallerWorld {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly notes: string[];
  readonly requests: string[];
  /** What the server does for a path; nothing set means 404. */
  readonly answers: Map<string, (response: http.ServerResponse) => void>;
  readonly cached: string;
  program(file: string, version: string): string;
  archive(version?: string): Buffer;
  publish(archive: Buffer, sums?: string): void;
  install(moduleSum?: string): ReturnType<typeof ensureMediaMtx>;
  /** What is in the cache beside the finished program. */
  leftovers(): string[];
  dispose(): Promise<void>;
}

export async function createWorld(): Promise<InstallerWorld> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'setup-'));
  const bin = path.join(folder, 'bin');
  const cache = path.join(folder, 'cache');
  mkdirSync(bin);
  // Hides a toolchain of the machine, if there is one.
  writeFileSync(path.join(bin, 'go'), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
  const server = await serve();
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    HOME: folder,
    XDG_CACHE_HOME: cache,
    CAMERA_SERVICE_MEDIAMTX_RELEASE_BASE: `http://127.0.0.1:${server.port}`,
  };
  const notes: string[] = [];
  return {
    folder,
    env,
    notes,
    requests: server.requests,
    answers: server.answers,
    cached: path.join(cache, 'camera-service/mediamtx/v1.20.1/mediamtx'),
    program: writeProgram,
    archive: (version = 'v1.20.1') => pack(folder, version),
    publish(archive, sums = `${sha256(archive)}  ${ARCHIVE}\n`) {
      server.answers.set(`/v1.20.1/checksums.sha256`, (response) => response.end(sums));
      server.answers.set(`/v1.20.1/${ARCHIVE}`, (response) =>
        response.writeHead(200, { 'content-length': archive.length }).end(archive),
      );
    },
    install: (moduleSum) =>
      ensureMediaMtx({
        env,
        arch: 'x64',
        hlsDir: path.join(folder, 'hls.js'),
        note: (line) => notes.push(line),
        deadlines: { connectMs: 300, idleMs: 300 },
        ...(moduleSum === undefined ? {} : { moduleSum }),
      }),
    leftovers: () =>
      readdirSync(path.join(cache, 'camera-service/mediamtx')).filter((name) => name.startsWith('.')),
    dispose: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A program that answers `--version`. */
export function writeProgram(file: string, version: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && echo ${version}\n`);
  chmodSync(file, 0o755);
  return file;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function pack(folder: string, version: string): Buffer {
  writeProgram(path.join(folder, 'packed/mediamtx'), version);
  const file = path.join(folder, 'packed.tar.gz');
  execFileSync('tar', ['-czf', file, '-C', path.join(folder, 'packed'), 'mediamtx']);
  return readFileSync(file);
}

async function serve() {
  const requests: string[] = [];
  const answers: InstallerWorld['answers'] = new Map();
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    requests.push(request.url ?? '');
    const answer = answers.get(request.url ?? '');
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { requests, answers, port: (server.address() as AddressInfo).port, close };
}
