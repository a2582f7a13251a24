import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import { hostOfBuiltIn } from '../../../config/catalogue.js';
import { InstanceLock } from '../../../config/cli/instance-lock.js';
import { directoriesOf, makeDirectories } from '../../../config/directories.js';
import { firstAdminKey, ticketSecret } from '../../../config/first-start.js';
import { importFrom } from '../../../config/import-plugin.js';
import { loadConfig } from '../../../config/load.js';
import type { PortError } from '../../../ports/index.js';

describe('start of the service', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'start-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const refusal = async (work: Promise<unknown>): Promise<PortError> => {
    try {
      await work;
    } catch (cause) {
      return cause as PortError;
    }
    throw new Error('it was not refused');
  };

  describe('first', () => {
    it('makes a secret for tickets once, and a new one when it was too short', async () => {
      const state = createMemoryStateStore();
      const secret = await ticketSecret(state);
      expect(secret).to.have.length(32);
      expect(await ticketSecret(state)).to.deep.equal(secret);
      for (const key of await state.keys()) await state.write(key, { secret: 'c2hvcnQ' });
      expect(await ticketSecret(state))
        .to.have.length(32)
        .and.not.deep.equal(secret);
    });

    it('makes an admin key when there is none', async () => {
      const clock = createManualClock();
      const provider = createMemoryAuthProvider({}, { clock });
      const key = await firstAdminKey([provider]);
      expect(await provider.authenticate(key ?? '')).to.include({ id: 'first-admin', role: 'admin' });
      expect(await firstAdminKey([provider])).to.equal(undefined);
      expect(await firstAdminKey([])).to.equal(undefined);
    });

    it('makes its folders, those with secrets for this user alone', async () => {
      const { adapters } = await hostOfBuiltIn(new AbortController().signal);
      const overrides = [`paths.base=${folder}`, 'paths.logs=/tmp'];
      const config = loadConfig({ env: {}, overrides, profileDirectory: '' }, adapters);
      const directories = directoriesOf(config);
      expect(directories.recordings).to.equal(join(folder, 'recordings'));
      expect(directories.logs).to.equal('/tmp');
      makeDirectories({ ...directories, logs: join(folder, 'logs') });
      expect(statSync(directories.state).mode & 0o777).to.equal(0o700);
    });
  });

  describe('instance lock', () => {
    const mine = process.pid;
    const path = (): string => join(folder, 'service.pid');

    it('is taken, kept and given back', () => {
      const lock = InstanceLock.take(folder, mine);
      expect(readFileSync(path(), 'utf8')).to.match(new RegExp(`^${String(mine)} \\d+\\n$`));
      expect(() => InstanceLock.take(folder, mine + 1_000_000))
        .to.throw(/another camera service/)
        .with.property('code', 'ADDRESS_IN_USE');
      lock.release();
      lock.release();
      InstanceLock.take(folder, mine).release();
    });

    it('does not count after a crash, nor for a process number that was given again', () => {
      for (const text of ['4194999 123\n', `${String(process.ppid)} 1\n`, 'rubbish', '']) {
        writeFileSync(path(), text);
        InstanceLock.take(folder, mine).release();
      }
    });
  });

  describe('plugins', () => {
    it('are imported from a file, with the version of its package', async () => {
      writeFileSync(join(folder, 'package.json'), '{"version": "3.2.1"}');
      mkdirSync(join(folder, 'lib'));
      const path = join(folder, 'lib', 'plugin.mjs');
      writeFileSync(path, 'export default { name: "x" };\n');
      expect(await importFrom(path)).to.deep.equal({ plugin: { name: 'x' }, version: '3.2.1' });
    });

    it('without a version are 0.0.0', async () => {
      const path = join(folder, 'plugin.mjs');
      writeFileSync(join(folder, 'package.json'), '{}');
      writeFileSync(path, 'export default 1;\n');
      expect((await importFrom(path)).version).to.equal('0.0.0');
    });

    it('that are missing or broken are named, with what to do', async () => {
      const missing = await refusal(importFrom('no-such-plugin-here'));
      expect(missing.code).to.equal('OPTION_INVALID');
      expect(missing.message).to.match(
        /no-such-plugin-here: it is not installed; run: npm install no-such-plugin-here/,
      );
      const path = join(folder, 'broken.mjs');
      writeFileSync(path, 'throw new Error("boom");\n');
      expect((await refusal(importFrom(path))).message).to.match(/cannot be loaded: boom/);
    });
  });
});
