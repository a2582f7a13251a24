import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { probeFile, tempDir, until } from '../worlds/media.js';
import { isFree } from '../worlds/ports.js';
import { descendantsOf, isRunning, signalProcess, type ProcessInfo } from '../worlds/processes.js';
import {
  isolation,
  killForgotten,
  pickPorts,
  plainEnv,
  serviceBundle,
  startService,
  type RunningService,
  type ServiceOptions,
  type ServicePorts,
} from '../worlds/service.js';
import { recordingPath, seconds, sizeOf, tell, type StartedRecording } from './support/world.js';

const ENDING = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGPWR', 'SIGALRM'] as const;
const END_WITHIN_MS = 10_000;
/** Where Node's debugger listens. */
const DEBUGGER_PORT = 9_229;

interface Place {
  readonly dir: string;
  readonly ports: ServicePorts;
}

describe('signals', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  let place: Place;
  beforeEach(async () => {
    folder = await tempDir();
    place = { dir: folder.path, ports: await pickPorts() };
  });
  afterEach(async () => {
    const output = await killForgotten();
    if (output !== '') console.log(output);
    await folder.remove();
  });

  for (const name of ENDING) {
    it(`${name} while recording: nothing is left, the recording is playable, exit code 0`, async () => {
      const { service, path } = await recording(place);
      const end = await service.stop(name);
      expect(end, service.output()).to.deep.include({ code: 0, signal: null, orphans: [] });
      expect(end.tookMs).to.be.below(END_WITHIN_MS);
      await expectFreePorts(place.ports);
      expect((await probeFile(path)).errors).to.deep.equal([]);
    });
  }

  for (const name of ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const) {
    it(`${name} at any moment of the start: nothing is left, exit code 0`, async () => {
      const bundle = await serviceBundle();
      for (const afterMs of [0, 30, 80, 200, 500]) {
        const program = runIn(bundle, place);
        const said = collect(program);
        // Before its first line the process has no children, and the system's own way of ending is as good.
        await until('first line', () => said() !== '' || program.exitCode !== null, 20_000);
        await delay(afterMs);
        const children = descendantsOf(program.pid ?? 0);
        program.kill(name);
        await once(program, 'exit');
        expect(program.exitCode, said()).to.equal(0);
        await until('end of all children', () => !children.some(isRunning), 1_000);
        await expectFreePorts(place.ports);
      }
    });
  }

  it('SIGHUP without a terminal, SIGUSR1, SIGUSR2 and SIGPIPE change nothing, and no debugger opens', async () => {
    const { service, path } = await recording(place);
    const before = service.children().all;
    for (const name of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const) {
      service.signal(name);
      if (name !== 'SIGPIPE') await until(`line about ${name}`, () => service.output().includes(name), 2_000);
    }
    const size = sizeOf(path);
    await until('further bytes', () => sizeOf(path) > size, 5_000);
    expect(service.isAlive).to.equal(true);
    expect(before.every(isRunning)).to.equal(true);
    expect(await isListening(DEBUGGER_PORT), 'a debugger').to.equal(false);
    expect(service.output()).not.to.contain('Debugger');
    expect(await service.stop()).to.deep.include({ code: 0, orphans: [] });
  });

  it('SIGUSR1 at any moment of the start leaves no debugger open', async () => {
    const bundle = await serviceBundle();
    // Before Node itself is up, the signal ends the process as it ends every other one.
    for (const afterMs of [40, 80, 120]) {
      const program = runIn(bundle, place);
      const said = collect(program);
      await delay(afterMs);
      while (program.exitCode === null && program.signalCode === null && !said().includes('service is up')) {
        program.kill('SIGUSR1');
        await delay(20);
      }
      if (program.signalCode === 'SIGUSR1') continue;
      expect(await isListening(DEBUGGER_PORT), 'a debugger').to.equal(false);
      program.kill('SIGTERM');
      await once(program, 'exit');
      expect(program.exitCode, said()).to.equal(0);
    }
  });

  for (const destination of ['stdout', 'file'] as const) {
    it(`a terminal that is closed ends the service in order, with a log on ${destination}`, async () => {
      const { terminal, service, children } = await inTerminal(place, destination);
      terminal.kill('SIGKILL');
      await until('end of the service', () => !isRunning(service), END_WITHIN_MS);
      expect(children.filter(isRunning).map(({ command }) => command[0])).to.deep.equal([]);
      await expectFreePorts(place.ports);
      if (destination === 'file')
        expect(logOf(place)).to.contain('the terminal was closed').and.to.contain('service has stopped');
    });
  }

  it('SIGHUP from somebody else does not end a service whose terminal is open', async () => {
    const { terminal, service, said } = await inTerminal(place);
    signalProcess(service, 'SIGHUP');
    await until('line about it', () => said().includes('SIGHUP'), 2_000);
    expect(isRunning(service)).to.equal(true);
    signalProcess(service, 'SIGTERM');
    await once(terminal, 'exit');
    expect(terminal.exitCode).to.equal(0);
    await expectFreePorts(place.ports);
  });

  it('output that nobody reads any more ends the service in order', async () => {
    const program = runIn(await serviceBundle(), place);
    const said = collect(program);
    await until('service up', () => said().includes('service is up'), 20_000);
    const children = descendantsOf(program.pid ?? 0);
    program.stdout?.destroy();
    program.kill('SIGUSR2');
    await once(program, 'exit');
    expect(program.exitCode).to.equal(141);
    expect(children.filter(isRunning)).to.deep.equal([]);
    await expectFreePorts(place.ports);
  });

  for (const [kind, code] of [
    ['an exception', 'throw new Error("planted")'],
    ['a rejection', 'void Promise.reject(new Error("planted"))'],
  ] as const) {
    it(`${kind} that nobody caught ends the service in order, with exit code 1`, async () => {
      // One of a plugin would cost the plugin: this one comes from beside the service.
      const module = join(place.dir, 'planted.mjs');
      const now = JSON.stringify(join(place.dir, 'now'));
      const look = `setInterval(() => { if (existsSync(${now})) { ${code} } }, 50).unref();`;
      writeFileSync(module, `import { existsSync } from 'node:fs';\n${look}\n`);
      const env = { NODE_OPTIONS: `--import=${pathToFileURL(module).href}` };
      const { service, path } = await recording(place, { env });
      const children = service.children().all;
      writeFileSync(join(place.dir, 'now'), '');
      const { code: exitCode } = await service.exited;
      expect(exitCode, service.output()).to.equal(1);
      expect(service.output()).to.contain('planted').and.to.contain('service has stopped');
      expect(children.filter(isRunning)).to.deep.equal([]);
      await expectFreePorts(place.ports);
      expect((await probeFile(path)).errors).to.deep.equal([]);
      await service.stop();
    });
  }

  it('a second signal does not wait, and its exit code tells which it was', async () => {
    for (const [name, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      const service = await startService(place);
      const { all, mediamtx } = service.children();
      if (mediamtx) signalProcess(mediamtx, 'SIGSTOP');
      service.signal('SIGQUIT');
      await until('shutdown under way', () => service.output().includes('is stopping'));
      service.signal('SIGHUP');
      service.signal(name);
      expect((await service.exited).code).to.equal(code);
      await until('end of all children', () => !all.some(isRunning), 1_000);
      await service.stop();
    }
  });

  it('MediaMTX that is slow to end is waited for, and not killed', async () => {
    const { service, path } = await recording(place);
    const { mediamtx } = service.children();
    if (!mediamtx) throw new Error('no MediaMTX');
    signalProcess(mediamtx, 'SIGSTOP');
    const ending = service.stop('SIGTERM');
    await delay(12_000);
    expect(isRunning(mediamtx), 'it was killed').to.equal(true);
    signalProcess(mediamtx, 'SIGCONT');
    const end = await ending;
    tell(`ended after ${seconds(end.tookMs)}`);
    expect(end).to.deep.include({ code: 0, orphans: [] });
    expect((await probeFile(path)).errors).to.deep.equal([]);
  });
});

describe('folders of two services', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  beforeEach(async () => {
    folder = await tempDir();
  });
  afterEach(async () => {
    await killForgotten();
    await folder.remove();
  });

  it('a service that was killed and not collected by its parent does not keep the next one out', async () => {
    const place = { dir: folder.path, ports: await pickPorts() };
    const bundle = await serviceBundle();
    const words = [process.execPath, bundle, ...wordsFor(place)].map((word) => `'${word}'`).join(' ');
    // As PID 1 of many containers: it never collects what ends below it.
    const parent = spawn('sh', ['-c', `${words} & exec sleep 600`], {
      cwd: place.dir,
      env: plainEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      const said = collect(parent);
      await until('service up', () => said().includes('service is up'), 20_000);
      const first = descendantsOf(parent.pid ?? 0).find(({ command }) => command.includes(bundle));
      if (!first) throw new Error('no service');
      process.kill(first.pid, 'SIGKILL');
      await until('its end', () => !isRunning(first), 5_000);
      const next = await startService(place);
      expect(await next.stop()).to.deep.include({ code: 0, orphans: [] });
    } finally {
      parent.kill('SIGKILL');
    }
  });

  for (const name of ['state', 'run', 'recordings', 'snapshots'] as const) {
    it(`a second service with folders of its own but for paths.${name} is refused, and the first goes on`, async () => {
      const first = await startService({ dir: made('one'), ports: await pickPorts() });
      const link = join(folder.path, 'link');
      symlinkSync(first.path(name), link);
      const place = { dir: made('two'), ports: await pickPorts() };
      const program = spawn(
        process.execPath,
        [await serviceBundle(), ...wordsFor(place), '--set', `paths.${name}=${link}`],
        { cwd: place.dir, env: plainEnv(), stdio: ['ignore', 'pipe', 'pipe'] },
      );
      const said = collect(program);
      await once(program, 'exit');
      expect(program.exitCode, said()).to.equal(1);
      expect(said())
        .to.contain(`process ${String(first.pid)}`)
        .and.to.contain(link)
        .and.to.contain(`paths.${name}`);
      expect(said()).not.to.match(/^\s+at /m);
      expect(first.isAlive).to.equal(true);
      expect((await first.stop()).code).to.equal(0);
    });
  }

  function made(name: string): string {
    const path = join(folder.path, name);
    mkdirSync(path);
    return path;
  }
});

async function recording(
  place: Place,
  options: ServiceOptions = {},
): Promise<{ service: RunningService; path: string }> {
  const service = await startService({ ...place, ...options });
  const client = await service.client('operator');
  const { filename } = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
  const path = recordingPath(service, filename);
  await until('bytes of the recording', () => sizeOf(path) > 200_000, 15_000);
  return { service, path };
}

function wordsFor({ dir, ports }: Place): readonly string[] {
  const settings = Object.entries({ ...isolation(dir, ports), 'log.format': 'json' });
  return [
    'run',
    '--profile',
    'development',
    ...settings.flatMap(([key, value]) => ['--set', `${key}=${value}`]),
  ];
}

function runIn(bundle: string, place: Place): ChildProcess {
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return spawn(process.execPath, [bundle, ...wordsFor(place)], {
    cwd: place.dir,
    env: plainEnv(),
    stdio: [...stdio],
  });
}

function collect(program: ChildProcess): () => string {
  let said = '';
  for (const stream of [program.stdout, program.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-65_536);
    });
  return () => said;
}

/** A service in a terminal of its own, which ends when the program that holds it is killed. */
async function inTerminal(
  place: Place,
  destination: 'stdout' | 'file' = 'stdout',
): Promise<{
  terminal: ChildProcess;
  service: ProcessInfo;
  children: readonly ProcessInfo[];
  said: () => string;
}> {
  const settings = [...wordsFor(place), '--set', `log.destination=${destination}`];
  const words = [process.execPath, await serviceBundle(), ...settings].map((word) => `'${word}'`);
  const terminal = spawn('script', ['-qefc', `exec ${words.join(' ')}`, '/dev/null'], {
    cwd: place.dir,
    env: plainEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = collect(terminal);
  const log = (): string => (destination === 'file' ? logOf(place) : said());
  await until('service up', () => log().includes('service is up'), 20_000);
  const [service, ...children] = descendantsOf(terminal.pid ?? 0);
  if (!service) throw new Error('no service');
  return { terminal, service, children, said };
}

/** What the service has written into its log files. */
function logOf({ dir }: Place): string {
  const folder = join(dir, 'logs');
  if (!existsSync(folder)) return '';
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
}

async function expectFreePorts(ports: ServicePorts): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports) as [string, number][])
    if (!(await isFree(port))) taken.push(`${name} ${port}`);
  expect(taken, 'ports still taken').to.deep.equal([]);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
