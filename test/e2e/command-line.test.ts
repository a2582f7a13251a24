import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { tempDir, until } from '../worlds/media.js';
import {
  isolation,
  killForgotten,
  pickPorts,
  plainEnv,
  runNode,
  serviceBundle,
  startService,
  type CliResult,
  type RunningService,
} from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';

/** The service reads the keys again when what it knows is older than two seconds. */
const HEEDED_WITHIN_MS = 3_000;

describe('the command line beside a running service', () => {
  let service: RunningService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  it('token prints just the token', async () => {
    const { code, stdout, stderr } = await service.cli(['token', '--role', 'operator', '--ttl', '1h']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await roleOf(service, stdout.trim())).to.equal('operator');
  });

  it('key add, list and revoke: the service heeds them within seconds', async () => {
    const added = await service.cli(['key', 'add', '--role', 'admin', '--name', 'gate keeper']);
    expect(added.code, added.stderr).to.equal(0);
    const key = added.stdout.trim();
    await eventually(service, key, 'admin');
    const { stdout: listed } = await service.cli(['key', 'list']);
    const line = listed.split('\n').find((each) => each.includes('gate keeper')) ?? '';
    expect(line).to.contain('admin');
    expect(listed).not.to.contain(key);
    const id = line.split(' ')[0] ?? '';
    expect((await service.cli(['key', 'revoke', id])).code).to.equal(0);
    await eventually(service, key, 'unknown_key');
    const again = await service.cli(['key', 'revoke', id]);
    expect(again.code).to.equal(1);
    expect(again.stderr).to.contain(id);
  });

  it('the first admin key lies in a file for this user alone, and opens the door', async () => {
    const key = readFileSync(service.path('state', 'first-admin-key.txt'), 'utf8').trim();
    expect(await roleOf(service, key)).to.equal('admin');
  });

  it('key revoke takes the whole key as well, says nothing of one that it does not know, and warns at the last', async () => {
    const [admin, viewer] = await Promise.all([
      service.cli(['key', 'add', '--role', 'admin', '--name', 'second']),
      service.cli(['key', 'add', '--role', 'viewer', '--name', 'third']),
    ]);
    const first = readFileSync(service.path('state', 'first-admin-key.txt'), 'utf8').trim();
    const taken = await service.cli(['key', 'revoke', admin.stdout.trim()]);
    expect(taken).to.deep.include({ code: 0, stderr: '' });
    const again = await service.cli(['key', 'revoke', admin.stdout.trim()]);
    expect(again.code).to.equal(1);
    expect(again.stderr).not.to.include(admin.stdout.trim());
    expect((await service.cli(['key', 'revoke', first])).stderr).to.include('no admin key is left');
    expect((await service.cli(['key', 'revoke', viewer.stdout.trim()])).stderr).not.to.include('warning');
    const last = await service.cli(['key', 'add', '--role', 'admin']);
    const { code, stderr } = await service.cli(['key', 'revoke', last.stdout.trim()]);
    expect(code).to.equal(0);
    expect(stderr).to.include('that was the last key').and.include('first-admin-key.txt');
  });

  it('key add and token refuse what is nonsense by the name of the option', async () => {
    const cases: [string[], RegExp][] = [
      [['--name', ''], /--name: .*characters/],
      [['--name', 'two\nlines'], /--name: /],
      [['--ttl', '900000d'], /--ttl: /],
      [['--ttl', 'soon'], /--ttl.*90s/],
      [['--cameras', 'front door'], /--cameras: /],
      [['--role', 'root'], /--role/],
    ];
    for (const [words, pattern] of cases)
      for (const command of [['key', 'add'], ['token']]) {
        const { code, stderr, stdout } = await service.cli([...command, ...words]);
        expect(code, stderr).to.be.greaterThan(0);
        expect(stderr).to.match(pattern);
        expect(stdout).to.equal('');
      }
  });

  it('watch prints the cameras, and what a hand at the plug does to them', async () => {
    const watch = await watchProcess(service);
    try {
      await until('list of cameras', () => /camera0.*CONNECTED[^]*camera1.*CONNECTED/.test(watch.output()));
      expect((await service.cli(['synthetic', 'unplug', '1'])).stdout).to.contain('unplug');
      await until('unplug', () => /camera\.disconnected .*device=camera0/.test(watch.output()));
      expect((await service.cli(['synthetic', 'plug', '1'])).code).to.equal(0);
      await until('plug', () => /camera\.connected .*device=camera0/.test(watch.output()));
    } catch (cause) {
      throw new Error(`watch printed:\n${watch.output()}`, { cause });
    } finally {
      watch.end();
    }
    expect(await watch.exited).to.equal(0);
  });

  it('a second service on the same folders is refused, with the key to change', async () => {
    const { code, stderr } = await service.cli(['run']);
    expect(code).to.equal(1);
    expect(stderr).to.contain('paths.').and.to.contain(String(service.pid));
    expect(service.isAlive).to.equal(true);
  });

  it('synthetic for a camera that is not there says so', async () => {
    const { code, stderr } = await service.cli(['synthetic', 'unplug', '9']);
    expect(code).to.equal(1);
    expect(stderr).to.contain('9');
  });
});

describe('the command line by itself', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let settings: Readonly<Record<string, string>>;
  before(async () => {
    folder = await tempDir();
    settings = isolation(folder.path, await pickPorts());
  });
  after(async () => {
    await killForgotten();
    await folder.remove();
  });

  it('--help names every command; an unknown one is a usage error', async () => {
    const help = await command(['--help']);
    expect(help.code).to.equal(0);
    for (const name of ['run', 'doctor', 'token', 'key', 'watch', 'synthetic', 'config'])
      expect(help.stdout).to.match(new RegExp(`^ +${name}\\b`, 'm'));
    expect((await command(['dance'])).code).to.equal(2);
    expect((await command(['token', '--ttl', 'soon'])).code).to.equal(2);
  });

  it('tells all faults of a configuration at once: key, kind of value, what is allowed', async () => {
    const env = { CAMERA_SERVICE_HEALTH_PORT: '70000' };
    const words = ['--set', 'log.level=loud', '--set', 'server.prot=1', '--set', 'streams.tap_fps=-5', 'run'];
    const { code, stderr } = await command(words, env);
    expect(code).to.equal(2);
    expect(stderr).to.match(/health\.port .*65535/);
    expect(stderr).to.match(/log\.level .*debug.*error/);
    expect(stderr).to.match(/server\.prot .*did you mean server\.port/);
    expect(stderr).to.match(/streams\.tap_fps .*must be/);
  });

  for (const key of ['server.port', 'health.port', 'mediamtx.rtsp_port', 'mediamtx.hls_port']) {
    it(`a taken port is named with its key: ${key}`, async () => {
      const holder = createServer().listen(0, '0.0.0.0');
      await once(holder, 'listening');
      const { port } = holder.address() as AddressInfo;
      try {
        const { code, stdout, stderr } = await command(['run'], {}, { ...settings, [key]: String(port) });
        const said = stdout + stderr;
        expect(code, said).to.equal(1);
        expect(said).to.contain(String(port)).and.to.contain(key);
      } finally {
        holder.close();
      }
    });
  }

  it('doctor: 0 when everything is there, with a line for each component', async () => {
    const { code, stdout } = await command(['doctor'], {}, settings);
    expect(code, stdout).to.equal(0);
    for (const component of ['node', 'ffmpeg', 'mediamtx', 'koffi'])
      expect(stdout.toLowerCase()).to.contain(component);
  });

  it('doctor: not 0, and the remedy, when ffmpeg and MediaMTX are missing', async () => {
    const empty = join(folder.path, 'nothing');
    mkdirSync(empty, { recursive: true });
    const { code, stdout } = await command(['doctor'], { PATH: empty, HOME: empty }, settings);
    expect(code, stdout).to.equal(1);
    expect(stdout)
      .to.match(/missing +ffmpeg .*→/)
      .and.to.match(/missing +mediamtx .*→/);
  });

  it('config shows what holds, and no secret', async () => {
    const secret = 'a-secret-that-is-long-enough-for-anybody';
    const { code, stdout } = await command(
      ['config'],
      { CAMERA_SERVICE_MEDIAMTX_PASSWORD: secret },
      settings,
    );
    expect(code).to.equal(0);
    expect(stdout).to.contain(folder.path).and.not.to.contain(secret);
  });
});

async function command(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  set: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const settings = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const profile = ['--profile', 'development'];
  return runNode([await serviceBundle(), ...words, ...profile, ...settings], {
    env: { ...plainEnv(), ...env },
    withinMs: 30_000,
  });
}

async function roleOf(service: RunningService, credential: string): Promise<string> {
  const client: WsClient = await service.client('none');
  const answer = await client.answer('authenticate', { auth_token: credential });
  await client.close();
  return (answer.result as { role: string } | undefined)?.role ?? String(answer.error?.data?.['reason']);
}

/** Asks seldom: failed logins are slowed down. */
async function eventually(service: RunningService, credential: string, wanted: string): Promise<void> {
  const deadline = performance.now() + HEEDED_WITHIN_MS;
  let found = await roleOf(service, credential);
  while (found !== wanted && performance.now() < deadline) {
    await delay(500);
    found = await roleOf(service, credential);
  }
  expect(found).to.equal(wanted);
}

async function watchProcess(service: RunningService) {
  const settings = Object.entries(isolation(service.dir, service.ports));
  const words = settings.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const program = spawn(process.execPath, [await serviceBundle(), 'watch', ...words], {
    env: plainEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [program.stdout, program.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-65_536);
    });
  const exited = once(program, 'exit').then(([code]) => code as number | null);
  return { output: () => output, exited, end: () => program.kill('SIGTERM') };
}
