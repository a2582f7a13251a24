/** The managed MediaMTX as a process: killed, hung, in the way of others, orphaned. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reapOrphans } from '../../../adapters/_shared/child-process.js';
import type { MediaServerHooks } from '../../../ports/media-server.js';
import { isPortError } from '../../../ports/port-error.js';
import { MediaMtxFactory, silentLog } from '../../worlds/media-server-worlds.js';
import { mediamtxBin, tempDir, until } from '../../worlds/media.js';

const signal = new AbortController().signal;
const hooks: MediaServerHooks = { authorize: () => Promise.resolve(true), stateChanged: () => undefined };
const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the managed MediaMTX process', function () {
  this.timeout(20_000);
  const factory = new MediaMtxFactory();
  afterEach(() => factory.reset());

  it('comes back after SIGKILL, heals the circuit and can be configured again', async () => {
    const { server, pid } = await factory.create({ restarts: { minMs: 1_000 } });
    await server.start(hooks, signal);
    await server.ensurePath('camera0', { record: false }, signal);
    const killed = performance.now();
    process.kill(await pid(), 'SIGKILL');
    await until('down', () => server.state().status === 'down');
    expect(server.state().reason).to.match(/SIGKILL; restarting in /);
    for (let i = 0; i < 5; i++) {
      expect(isPortError(await failure(server.paths(signal)), 'MEDIA_SERVER_UNREACHABLE')).to.equal(true);
    }
    const open = await failure(server.paths(signal));
    expect(isPortError(open, 'MEDIA_SERVER_UNREACHABLE') && open.detail['retryAfterMs']).to.be.greaterThan(
      1_000,
    );
    await until('ready', () => server.state().status === 'ready');
    expect(server.state().epoch).to.equal(2);
    await server.ensurePath('camera0', { record: false }, signal);
    console.log(
      `      killed → ready and configured: ${Math.round(performance.now() - killed)} ms (pause 1000 ms)`,
    );
  });

  it('is killed and started again when it hangs', async () => {
    const { server, pid } = await factory.create({
      ...{ hungTimeoutMs: 500, requestTimeoutMs: 200, pollIntervalMs: 50 },
    });
    await server.start(hooks, signal);
    const first = await pid();
    process.kill(first, 'SIGSTOP');
    await until('new epoch', () => server.state().status === 'ready' && server.state().epoch === 2, 8_000);
    expect(await pid()).not.to.equal(first);
  });

  it('keeps its configuration and its records to itself and removes them', async () => {
    const { server, dir, options } = await factory.create();
    await server.start(hooks, signal);
    const file = join(dir, 'mediamtx.yml');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const unauthorised = await fetch(`http://127.0.0.1:${options.apiPort}/v3/paths/list`);
    expect(unauthorised.status).to.equal(401);
    const { authHTTPAddress } = JSON.parse(await readFile(file, 'utf8')) as {
      readonly authHTTPAddress: string;
    };
    const { origin } = new URL(authHTTPAddress);
    const asked = await fetch(`${origin}/guess`, {
      method: 'POST',
      body: '{"action":"read","path":"camera0"}',
    });
    expect(asked.status).to.equal(401);
    await server.stop(signal);
    expect(existsSync(file)).to.equal(false);
    expect(readdirSync(join(dir, 'children'))).to.deep.equal([]);
  });

  it('names the port that is taken and its key', async () => {
    const { server, options } = await factory.create();
    const blocker: Server = createServer().listen(options.hlsPort, '127.0.0.1');
    await once(blocker, 'listening');
    const error = await failure(server.start(hooks, signal));
    blocker.close();
    expect(isPortError(error, 'ADDRESS_IN_USE')).to.equal(true);
    expect(isPortError(error) && error.detail).to.include({
      host: '127.0.0.1',
      port: options.hlsPort,
      key: 'mediamtx.hls_port',
    });
  });

  it('does not fail the start when the program is missing, and says what to do', async () => {
    const { server } = await factory.create({ binary: '/nowhere/mediamtx' });
    await server.start(hooks, signal);
    expect(server.state()).to.include({ status: 'down', epoch: 0 });
    expect(server.state().reason).to.include('not installed');
  });

  it('is ended by the next start when the service was killed', async () => {
    const dir = await tempDir();
    factory.onReset(() => dir.remove());
    const shared = pathToFileURL(join(process.cwd(), 'adapters/_shared/child-process.ts')).href;
    const config = join(dir.path, 'idle.yml');
    const off = { api: false, rtsp: false, rtmp: false, hls: false, webrtc: false, srt: false, moq: false };
    // A line written to the pipes of a dead service would end it by SIGPIPE, before anybody reaps it.
    const quiet = { logDestinations: ['file'], logFile: join(dir.path, 'idle.log') };
    await writeFile(config, JSON.stringify({ ...off, ...quiet, paths: {} }));
    const script = `import { spawnOwned } from ${JSON.stringify(shared)};
      const [command, file, runDir] = process.argv.slice(-3);
      const child = await spawnOwned({ label: 'mediamtx', command, args: [file], runDir });
      child.process.stdout.resume();
      console.log(child.pid);`;
    const file = join(dir.path, 'parent.mts');
    await writeFile(file, script);
    const parent = spawn(process.execPath, ['--import', 'tsx', file, mediamtxBin(), config, dir.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    factory.onReset(async () => void parent.kill('SIGKILL'));
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const orphan = Number(said.toString());
    expect(await reapOrphans(dir.path, silentLog), 'while its service lives').to.equal(0);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    expect(existsSync(`/proc/${orphan}/exe`)).to.equal(true);
    expect(await reapOrphans(dir.path, silentLog)).to.equal(1);
    expect(await readFile(`/proc/${orphan}/stat`, 'utf8').catch(() => ') Z')).to.match(/\) [ZX]/);
    expect(readdirSync(join(dir.path, 'children'))).to.deep.equal([]);
  });
});
