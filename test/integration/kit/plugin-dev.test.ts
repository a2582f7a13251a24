/** `plugin dev` with plugins without a build: a change is reloaded or restarted, and the end leaves nothing. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../../testing/index.js';
import { isRunning } from '../../worlds/bare-mediamtx.js';
import { isolation, pickPorts, plainEnv, serviceBundle } from '../../worlds/service.js';

const WITHIN_MS = 60_000;

/** A plugin that tells its process, and does not load when its source is broken. */
const codeOf = (word: string, port: string): string => `export default {
  name: 'acme', apiVersion: 1,
  setup: (context) => {
    console.error('${word} in process ' + process.pid + ';');
    const nothing = async () => undefined;
    context.provide('${port}', 'acme', {
      create: () => ({ name: 'acme', start: nothing, stop: nothing, append: nothing }),
    });
  },
};`;

/** The command with a plugin that provides an adapter of a port. */
class Session {
  readonly #folder = mkdtempSync(join(tmpdir(), 'plugin-dev-'));
  readonly #port: string;
  #command: ChildProcess | undefined;
  #output = '';

  constructor(port: string) {
    this.#port = port;
    mkdirSync(join(this.#folder, 'plugin/src'), { recursive: true });
    const content = {
      ...{ name: 'acme', version: '1.0.0', type: 'module', main: 'src/index.js' },
      'camera-service': { apiVersion: '^1.0.0', provides: [{ port, name: 'acme' }], capabilities: [] },
    };
    writeFileSync(join(this.#folder, 'plugin/package.json'), JSON.stringify(content));
    this.save('first');
  }

  async start(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = { ...isolation(join(this.#folder, 'data'), await pickPorts()), ...settings };
    const words = Object.entries(all).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const args = [await serviceBundle(), 'plugin', 'dev', join(this.#folder, 'plugin'), ...words];
    this.#command = spawn(process.execPath, args, {
      cwd: this.#folder,
      env: plainEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that the service that it starts ends with it.
      detached: true,
    });
    for (const stream of [this.#command.stdout, this.#command.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  /** @param word what it says; broken code without. */
  save(word?: string): void {
    const code = word === undefined ? 'this is no code' : codeOf(word, this.#port);
    writeFileSync(join(this.#folder, 'plugin/src/index.js'), code);
  }

  /** Waits until the plugin has said a word. @returns the process that it was said in. */
  async said(word: string): Promise<number> {
    const line = new RegExp(`${word} in process (\\d+);`);
    await this.told(line);
    return Number(line.exec(this.#output)?.[1]);
  }

  async told(line: RegExp): Promise<void> {
    await until(`${String(line)} in the output`, () => line.test(this.#output), WITHIN_MS).catch(
      (cause: unknown) => {
        throw new Error(this.#output, { cause });
      },
    );
  }

  /** The service has to be ready to be told something. */
  async ready(): Promise<void> {
    await this.told(/service is up/);
  }

  async interrupt(): Promise<void> {
    if (this.#command === undefined) return;
    const ended = once(this.#command, 'exit');
    this.#command.kill('SIGINT');
    await ended;
  }

  remove(): void {
    const { exitCode, pid } = this.#command ?? {};
    if (exitCode === null && pid !== undefined) process.kill(-pid, 'SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

describe('plugin dev', function () {
  this.timeout(3 * WITHIN_MS);
  let session: Session;
  let service = 0;
  afterEach(function () {
    if (this.currentTest?.isFailed() === true) session.remove();
  });

  describe('with a plugin that can be reloaded', () => {
    before(async () => {
      session = new Session('CameraProbe');
      await session.start();
      service = await session.said('first');
      await session.ready();
    });
    after(() => session.remove());

    it('reloads it in the running service when a source changes', async () => {
      session.save('second');
      expect(await session.said('second')).to.equal(service);
      await session.told(/^reloaded$/m);
    });

    it('shows what does not load, and the service goes on', async () => {
      session.save();
      await session.told(/the plugin cannot be loaded: .*goes on with the code before the change/);
      session.save('third');
      expect(await session.said('third')).to.equal(service);
    });

    it('ends with the service when it is interrupted', async () => {
      await session.interrupt();
      expect(isRunning(service)).to.equal(false);
    });
  });

  describe('with a plugin that the service cannot do without', () => {
    before(async () => {
      session = new Session('AuditLog');
      await session.start({ 'adapters.audit_log': 'acme' });
      service = await session.said('first');
      await session.ready();
    });
    after(() => session.remove());

    it('says why it cannot be reloaded, and restarts the service', async () => {
      session.save('second');
      await session.told(/cannot reload the plugin: .*cannot run without a AuditLog.*; restarting it/);
      expect(await session.said('second')).not.to.equal(service);
      expect(isRunning(service)).to.equal(false);
    });

    it('waits for a change after a start that has failed', async () => {
      session.save();
      await session.told(/waiting for the next change/);
      session.save('third');
      await session.said('third');
      await session.interrupt();
    });
  });
});
