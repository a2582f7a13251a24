import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { tempDir, until } from '../../worlds/media.js';
import { isolation, pickPorts, plainEnv, serviceBundle, type ServicePorts } from '../../worlds/service.js';
import { connectWs } from '../../worlds/ws-client.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** The service as a user that may not do everything, which root may. */
describe('a start without access to its state', function () {
  this.timeout(60_000);
  let base: Awaited<ReturnType<typeof tempDir>>;
  let ports: ServicePorts;
  let state: string;
  let child: ChildProcess | undefined;
  let output = '';
  beforeEach(async () => {
    base = await tempDir();
    ports = await pickPorts();
    state = join(base.path, 'state');
    mkdirSync(state);
    for (const path of [base.path, state]) give(path);
  });
  afterEach(async () => {
    const { exitCode, signalCode } = child ?? {};
    const gone = exitCode === null && signalCode === null ? once(child as ChildProcess, 'exit') : undefined;
    child?.kill('SIGKILL');
    await gone;
    chmodSync(state, 0o700);
    await base.remove();
  });

  const give = (path: string): void => {
    if (isRoot) chownSync(path, NOBODY, NOBODY);
  };
  /** @param wrap a program that runs the service, with its words. */
  const command = async (words: readonly string[], wrap: readonly string[] = []): Promise<ChildProcess> => {
    const settings = Object.entries({
      ...isolation(base.path, ports),
      'adapters.media_server': 'memory',
      'adapters.device_event_source': 'memory',
      'log.format': 'json',
    }).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    output = '';
    const [first = '', ...rest] = words;
    const bundle = await serviceBundle();
    const all = [...wrap, process.execPath, bundle, first, '--profile', 'development', ...settings, ...rest];
    child = spawn(all[0] ?? '', all.slice(1), {
      env: plainEnv(),
      cwd: base.path,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(isRoot && wrap.length === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return child;
  };
  const ended = async (words: readonly string[]): Promise<number | null> => {
    const process = await command(words);
    return await new Promise((resolve) => process.once('close', resolve));
  };
  /** @returns what the service logged while it came up. */
  const served = async (wrap: readonly string[] = []): Promise<string> => {
    await command(['run'], wrap);
    const url = `http://127.0.0.1:${String(ports.health)}/health`;
    const isDegraded = async (): Promise<boolean> => {
      const answer = await fetch(url).catch(() => undefined);
      const { status, ready } = ((await answer?.json()) ?? {}) as { status?: string; ready?: boolean };
      return ready === true && status === 'DEGRADED';
    };
    await until('a service that is up and says that it is degraded', isDegraded, 30_000).catch(
      (cause: unknown) => {
        throw new Error(`the service wrote:\n${output}`, { cause });
      },
    );
    return output;
  };

  it('serves without the keys that it cannot read, and says whose they are and what to do', async () => {
    const file = join(state, 'auth.api-keys.json');
    writeFileSync(file, '{"version":1,"keys":[]}', { mode: 0o000 });
    const said = await served();
    expect(said).to.include(file).and.include('EACCES').and.include('run this as the user that owns');
    expect(readdirSync(state), 'no key is made that would hide the others').not.to.include(
      'first-admin-key.txt',
    );
    expect(readFileSync(isRoot ? file : '/dev/null', 'utf8')).to.equal(
      isRoot ? '{"version":1,"keys":[]}' : '',
    );
    chmodSync(file, 0o600);
    give(file);
    await until('the keys', () => readdirSync(state).includes('first-admin-key.txt'), 30_000);
  });

  it('greets without a link when it cannot read the secret for tokens', async () => {
    writeFileSync(join(state, 'auth.jwt-secret.json'), '{}', { mode: 0o000 });
    const synthetic = ['device_event_source', 'camera_probe'].flatMap((port) => [
      '--set',
      `adapters.${port}=synthetic`,
    ]);
    await command(['run', '--set', 'log.format=pretty', ...synthetic]);
    await until('the greeting', () => output.includes('More: npx camera-service'), 30_000);
    expect(output).to.include('No link to a live stream can be made: ');
    const health = await fetch(`http://127.0.0.1:${String(ports.health)}/health/ready`);
    expect(health.status).to.equal(200);
  });

  it('serves from a state folder that it may only read, opens nothing, and says so', async () => {
    if (isRoot) for (const path of [base.path, state]) chownSync(path, 0, 0);
    const mount = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
    const wrap = ['unshare', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh', state];
    const said = await served(wrap);
    for (const word of ['first-admin-key.txt', 'EROFS', 'mounted read-only', 'auth.jwt-secret', state])
      expect(said).to.include(word);
    const client = await connectWs(`ws://127.0.0.1:${String(ports.api)}/ws`);
    const guess = `csk_${'0'.repeat(16)}_${'A'.repeat(43)}`;
    for (const credential of [guess, 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA']) {
      const refusal = (await client
        .call('authenticate', { auth_token: credential })
        .catch((e: unknown) => e)) as {
        data?: { code?: string };
      };
      expect(refusal.data?.code).to.be.oneOf(['AUTH_FAILED', 'DEPENDENCY_FAILED']);
    }
    await client.close();
  });

  for (const words of [['run'], ['key', 'list'], ['token']])
    it(`${words.join(' ')} names the folder that belongs to somebody else, and the remedy`, async () => {
      if (isRoot) chownSync(state, 0, 0);
      else chmodSync(state, 0o000);
      expect(await ended(words)).to.equal(1);
      expect(output)
        .to.include(state)
        .and.match(/sudo -u|run this as the user that owns/);
      expect(output, 'no stack').not.to.match(/^ {4}at /m);
    });

  /** Something of somebody else, which may not be read. */
  const closed = (name: string, content?: string): string => {
    const path = join(base.path, name);
    if (content === undefined) mkdirSync(path);
    else writeFileSync(path, content);
    if (isRoot) chownSync(path, 0, 0);
    chmodSync(path, isRoot ? 0o700 : 0o000);
    return path;
  };
  const refused = async (path: string, words: readonly string[]): Promise<void> => {
    expect(await ended(words)).to.be.oneOf([1, 2]);
    expect(output).to.include(path).and.include('EACCES').and.include('run this as the user that owns');
    expect(output, 'no stack').not.to.match(/^ {4}at /m);
    chmodSync(path, 0o700);
  };

  for (const command of ['run', 'config', 'doctor'])
    it(`${command} names the configuration that it may not read, whose it is, and the remedy`, async () => {
      const path = closed('my.yaml', 'log:\n  level: info\n');
      await refused(path, [command, '--config', path]);
    });

  it('run names the plugin that it may not read, whose it is, and the remedy', async () => {
    const path = closed('my-plugin');
    await refused(path, ['run', '--set', `plugins.load=["${path}"]`]);
  });

  for (const kind of ['recordings', 'snapshots', 'logs'])
    it(`the folder for ${kind} of somebody else is named, with the remedy`, async () => {
      const path = closed(`closed-${kind}`);
      const process = await command(['run', '--set', `paths.${kind}=${path}`]);
      const isTold = (): boolean => output.includes(path) && /EACCES/.test(output);
      await until('word of the folder', () => isTold() || process.exitCode !== null, 30_000);
      expect(output)
        .to.include(path)
        .and.match(/EACCES/)
        .and.match(/run this as the user that owns/);
      expect(output, 'no stack').not.to.match(/(^|\\n) {4}at /m);
      chmodSync(path, 0o700);
    });
});
