/** `plugin dev` with a plugin without a build: a change of its source starts the service anew, and the end leaves nothing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../../testing/index.js';
import { isRunning } from '../../worlds/bare-mediamtx.js';
import { isolation, pickPorts, plainEnv, serviceBundle } from '../../worlds/service.js';

const MANIFEST = {
  apiVersion: '^1.0.0',
  provides: [{ port: 'CameraProbe', name: 'acme' }],
  capabilities: [],
};
const WITHIN_MS = 60_000;

/** A plugin that tells its process, and does not load when its source is broken. */
const codeOf = (word: string): string => `export default {
  name: 'acme', apiVersion: 1,
  setup: (context) => {
    console.error('${word} in process ' + process.pid + ';');
    context.provide('CameraProbe', 'acme', { create: () => ({}) });
  },
};`;

describe('plugin dev', function () {
  this.timeout(3 * WITHIN_MS);
  let folder: string;
  let command: ChildProcess;
  let output = '';

  const save = (code: string): void => writeFileSync(join(folder, 'plugin/src/index.js'), code);
  const said = async (word: string): Promise<number> => {
    const line = new RegExp(`${word} in process (\\d+);`);
    await until(`${word} in the output`, () => line.test(output), WITHIN_MS).catch((cause: unknown) => {
      throw new Error(output, { cause });
    });
    return Number(line.exec(output)?.[1]);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-dev-'));
    mkdirSync(join(folder, 'plugin/src'), { recursive: true });
    const content = {
      name: 'acme',
      version: '1.0.0',
      type: 'module',
      main: 'src/index.js',
      'camera-service': MANIFEST,
    };
    writeFileSync(join(folder, 'plugin/package.json'), JSON.stringify(content));
    save(codeOf('first'));
    const settings = Object.entries(isolation(join(folder, 'data'), await pickPorts()));
    const words = settings.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const args = [await serviceBundle(), 'plugin', 'dev', join(folder, 'plugin'), ...words];
    command = spawn(process.execPath, args, {
      cwd: folder,
      env: plainEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that the service that it starts ends with it.
      detached: true,
    });
    for (const stream of [command.stdout, command.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  });
  after(async () => {
    if (command.exitCode === null && command.pid !== undefined) process.kill(-command.pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts the service anew when a source changes, also after one that does not load', async () => {
    const first = await said('first');
    save('this is no code');
    await until('the end of the first', () => !isRunning(first), WITHIN_MS);
    await until('the word of the refusal', () => /waiting for the next change/.test(output), WITHIN_MS);
    save(codeOf('second'));
    expect(await said('second')).not.to.equal(first);
  });

  it('ends with the service when it is interrupted', async () => {
    const service = await said('second');
    const ended = once(command, 'exit');
    command.kill('SIGINT');
    await ended;
    expect(isRunning(service)).to.equal(false);
  });
});
