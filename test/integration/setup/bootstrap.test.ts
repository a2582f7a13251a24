import { expect } from 'chai';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { ensureBuild, hashSources } from '../../../config/setup/build.mjs';
import { withLock } from '../../../config/setup/lock.mjs';
import { ensureModules } from '../../../config/setup/modules.mjs';

describe('set-up of the checkout', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'checkout-'));
    writeFileSync(path.join(root, 'package.json'), JSON.stringify({ name: 'x', version: '9.8.7' }));
    writeFileSync(
      path.join(root, 'package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }),
    );
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  describe('modules', () => {
    function installer() {
      const calls: string[] = [];
      const run = async (command: string, args: readonly string[]) => {
        calls.push([command, ...args].join(' '));
        mkdirSync(path.join(root, 'node_modules'), { recursive: true });
        return { code: 0, stdout: '', stderr: '' };
      };
      return { calls, ensure: () => ensureModules({ root, run }) };
    }

    it('installs once; the second time nothing is started', async () => {
      const { calls, ensure } = installer();
      expect(await ensure()).to.equal('installed');
      expect(calls).to.have.length(1);
      expect(calls[0]).to.match(/^npm ci /);
      expect(await ensure()).to.equal('present');
      expect(calls).to.have.length(1);
    });

    it('installs again for another lockfile', async () => {
      const { calls, ensure } = installer();
      await ensure();
      writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: {} }));
      expect(await ensure()).to.equal('installed');
      expect(calls).to.have.length(2);
    });

    it('accepts what somebody installed by hand', async () => {
      const { calls, ensure } = installer();
      mkdirSync(path.join(root, 'node_modules'));
      cpSync(path.join(root, 'package-lock.json'), path.join(root, 'node_modules/.package-lock.json'));
      expect(await ensure()).to.equal('present');
      expect(calls).to.deep.equal([]);
    });

    it('says why an installation failed and does not take it for done', async () => {
      const run = async () => ({
        code: 1,
        stdout: '',
        stderr: 'npm error network\n',
        failure: 'npm ended with code 1',
      });
      const error = await ensureModules({ root, run }).catch((reason: unknown) => reason);
      expect(error).to.be.an('error').with.property('message').that.contains('npm error network');
      expect(await installer().ensure()).to.equal('installed');
    });
  });

  describe('bundle', () => {
    const entry = 'config/main.ts';
    beforeEach(() => {
      mkdirSync(path.join(root, 'config/setup'), { recursive: true });
      cpSync('config/setup/stubs', path.join(root, 'config/setup/stubs'), { recursive: true });
      cpSync('config/setup/build-info.ts', path.join(root, 'config/setup/build-info.ts'));
      symlinkSync(path.resolve('node_modules'), path.join(root, 'node_modules'));
      writeEntry(
        "console.log(JSON.stringify(buildInfo()), typeof globalThis.fetch, process.argv.slice(2).join(' '));",
      );
    });

    const writeEntry = (body: string) =>
      writeFileSync(
        path.join(root, entry),
        `import axios from 'axios';\nimport { createContainer } from 'awilix';\nimport { buildInfo } from './setup/build-info.js';\n` +
          `if (!axios.get || !createContainer) throw new Error('lost');\n${body}\n`,
      );
    const bundle = () => path.join(root, 'dist/camera-service.mjs');
    const modified = () => readFileSync(bundle(), 'utf8');

    async function run(...args: string[]) {
      const child = spawn(process.execPath, ['--enable-source-maps', bundle(), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      child.stdout.on('data', (part: Buffer) => (output += String(part)));
      child.stderr.on('data', (part: Buffer) => (output += String(part)));
      const [code] = (await once(child, 'close')) as [number];
      return { code, output };
    }

    it('builds once, and again when a source changed', async () => {
      expect(await ensureBuild({ root })).to.equal('built');
      const first = modified();
      expect(await ensureBuild({ root })).to.equal('present');
      expect(modified()).to.equal(first);
      writeEntry("console.log('other');");
      expect(await ensureBuild({ root })).to.equal('built');
    });

    it('keeps version, build date and arguments, and leaves the global fetch alone', async () => {
      await ensureBuild({ root });
      const { code, output } = await run('--flag', 'word');
      expect(code, output).to.equal(0);
      expect(output).to.match(/^\{"version":"9\.8\.7","buildDate":"\d{4}-[^"]+Z"\} function --flag word\n$/);
    });

    it('shows the place in the source when something throws', async () => {
      writeEntry("function fail(): never { throw new Error('planted'); }\nfail();");
      await ensureBuild({ root });
      const { code, output } = await run();
      expect(code).to.equal(1);
      expect(output).to.contain(path.join(root, 'config/main.ts:5'));
    });

    it('does not take a failed build for done', async () => {
      writeEntry("import './absent.js';");
      const error = await ensureBuild({ root }).catch((reason: unknown) => reason);
      expect(error).to.be.an('error').with.property('message').that.contains('absent.js');
      writeEntry('');
      expect(await ensureBuild({ root })).to.equal('built');
    });

    it('hashes names as well as content', () => {
      const before = hashSources(root);
      cpSync(path.join(root, entry), path.join(root, 'config/other.ts'));
      expect(hashSources(root)).to.not.equal(before);
    });
  });

  describe('lock', () => {
    it('lets one at a time through and the next in afterwards', async () => {
      const order: string[] = [];
      const work = (name: string) => async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} out`);
      };
      const name = path.join(root, 'lock');
      await Promise.all(['a', 'b', 'c'].map((each) => withLock({ name }, work(each))));
      expect(order).to.have.length(6);
      for (const index of [0, 2, 4]) {
        expect(order[index + 1]).to.equal(order[index]?.replace(' in', ' out'));
      }
    });

    it('is free again after its owner was killed', async () => {
      const name = path.join(root, 'lock');
      const url = new URL('../../../config/setup/lock.mjs', import.meta.url).href;
      const script = `const { withLock } = await import(${JSON.stringify(url)});
        await withLock({ name: ${JSON.stringify(name)} }, () => { console.log('mine'); return new Promise(() => setInterval(() => {}, 1000)); });`;
      const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(owner.stdout, 'data');
      const waiting = new Promise<void>((resolve, reject) => {
        withLock({ name, onWait: resolve, waitMs: 5_000 }, () => Promise.resolve()).then(
          () => done?.(),
          reject,
        );
      });
      let done: (() => void) | undefined;
      const finished = new Promise<void>((resolve) => (done = resolve));
      await waiting;
      owner.kill('SIGKILL');
      await finished;
    });

    it('gives up after a while', async () => {
      const name = path.join(root, 'lock');
      const error = await withLock({ name }, () =>
        withLock({ name, waitMs: 50 }, () => Promise.resolve()).catch((reason: unknown) => reason),
      );
      expect(error).to.be.an('error').with.property('message').that.contains('another setup');
    });
  });
});
