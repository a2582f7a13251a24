/** The guide for the first plugin, its commands run exactly as they are printed. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { blocks } from '../repo/support/markdown.js';
import { read } from '../repo/support/tree.js';
import { until } from '../worlds/media.js';
import { isolation, pickPorts } from '../worlds/service.js';
import { packedOnce } from './support/packed.js';

const run = promisify(execFile);
const GUIDE = 'docs/plugins/ten-minutes.md';

describe('the guide for the first plugin', function () {
  this.timeout(300_000);
  let folder: string;
  let env: NodeJS.ProcessEnv;

  const stepOf = (name: string): string => {
    const found = blocks(read(GUIDE)).find(({ marks }) => marks[0] === 'step' && marks[1] === name);
    if (found === undefined) throw new Error(`${GUIDE} has no step ${name}`);
    return found.text;
  };
  const project = (): string => join(folder, 'my-cameras');
  const type = async (name: string, cwd: string): Promise<string> => {
    const options = { cwd, env, maxBuffer: 16 * 1024 * 1024 };
    return run('sh', ['-ec', stepOf(name)], options).then(
      ({ stdout }) => stdout,
      (error: unknown) => {
        const { message, stdout, stderr } = error as { message: string; stdout: string; stderr: string };
        throw new Error(`${message}\n${stdout}\n${stderr}`);
      },
    );
  };

  /** As in a terminal, where Ctrl+C reaches every program of the command. */
  const inTerminal = (command: string, cwd: string): { interrupt(): Promise<void> } => {
    const child = spawn('sh', ['-ec', command], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) stream.resume();
    const closed = once(child, 'close');
    return {
      interrupt: async () => {
        process.kill(-(child.pid ?? 0), 'SIGINT');
        // Until the last of them has let go of its output.
        await closed;
      },
    };
  };

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cs-minutes-')));
    const data = join(folder, 'data');
    mkdirSync(data);
    // Where the service is, which the guide leaves to its defaults.
    const places = Object.entries(isolation(data, await pickPorts())).map(([key, value]) => [
      `CAMERA_SERVICE_${key.toUpperCase().replaceAll('.', '_')}`,
      value,
    ]);
    const { NODE_TEST_CONTEXT: _, ...outer } = process.env;
    env = {
      ...outer,
      npm_config_prefer_offline: 'true',
      CAMERA_SERVICE: await packedOnce(),
      ...Object.fromEntries(places),
    };
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('has these steps', () => {
    const steps = blocks(read(GUIDE)).filter(({ language }) => language === 'sh');
    expect(steps.map(({ marks }) => marks[1])).to.deep.equal([
      ...['install', 'create', 'test', 'configure', 'run', 'call', 'dev'],
    ]);
  });

  it('creates a project', async () => {
    await type('install', folder);
    expect(await type('create', folder)).to.include('src/source.ts');
  });

  it('has a project that passes lint, contracts and check as it is', async () => {
    const output = await type('test', project());
    expect(output).to.match(/^. fail 0$/m);
    for (const adapter of ['DeviceEventSource', 'CameraProbe', 'Capture'])
      expect(output).to.match(new RegExp(`^ok +contract +${adapter}/my-cameras`, 'm'));
    expect(output).to.include('The plugin can be published.');
  });

  for (const [step, what] of [
    ['run', 'runs it, and shows its camera'],
    ['dev', 'runs it while it is being changed'],
  ] as const) {
    it(what, async () => {
      if (step === 'run') await type('configure', project());
      const service = inTerminal(stepOf(step), project());
      try {
        let told = '';
        const isShown = async (): Promise<boolean> => {
          told = await type('call', project()).catch(String);
          return /"status": "CONNECTED"/.test(told) && /"file_size": \d{4}/.test(told);
        };
        await until('the camera of the guide', isShown, 60_000).catch((cause: unknown) => {
          throw new Error(told, { cause });
        });
      } finally {
        await service.interrupt();
      }
    });
  }
});
