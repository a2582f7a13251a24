import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import { hostOfBuiltIn } from '../../../config/catalogue.js';
import { directoriesOf, makeDirectories } from '../../../config/directories.js';
import { firstAdminKey, ticketSecret, writeSecretFile } from '../../../config/first-start.js';
import { loadConfig } from '../../../config/load.js';
import { failure } from '../../contract/outcome.js';

describe('start of the service', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'start-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  describe('first', () => {
    const log = createMemoryLogger();

    it('makes a secret for tickets once, and a new one when it is too short or damaged', async () => {
      const state = createMemoryStateStore();
      const make = async (): Promise<string> =>
        Buffer.from((await ticketSecret(state, log)).secret).toString('hex');
      const secrets = [await make()];
      expect(secrets[0]).to.have.length(64);
      expect(await make()).to.equal(secrets[0]);
      for (const odd of [{ secret: 'c2hvcnQ' }, { secret: 7 }, null, 'x', []]) {
        await state.write('auth.ticket-secret', odd);
        secrets.push(await make());
        expect(await make()).to.equal(secrets.at(-1));
      }
      state.damage('auth.ticket-secret', '{"sec');
      secrets.push(await make());
      expect(new Set(secrets).size).to.equal(secrets.length);
    });

    it('goes on with a secret for this run where none can be kept, and says so', async () => {
      const state = createMemoryStateStore({ capacity: 1 });
      const { secret, trouble } = await ticketSecret(state, log);
      expect(secret).to.have.length(32);
      expect(trouble).to.match(/download links cannot be stored/);
    });

    it('makes an admin key when there is none, and only one that somebody has', async () => {
      const clock = createManualClock();
      const provider = createMemoryAuthProvider({}, { clock });
      const keys: string[] = [];
      const keep = async (key: string): Promise<void> => void keys.push(key);
      const lose = (): Promise<void> => Promise.reject(new Error('the disk is full'));
      expect(await failure(firstAdminKey(provider, lose))).to.have.property('message', 'the disk is full');
      expect(await provider.list()).to.deep.equal([]);
      expect(await firstAdminKey(provider, keep)).to.equal(true);
      expect(await provider.authenticate(keys[0] ?? '')).to.include({ id: 'first-admin', role: 'admin' });
      expect(await firstAdminKey(provider, keep)).to.equal(false);
      expect(keys).to.have.length(1);
    });

    it('writes its key in place of an older one, for this user alone', async () => {
      const path = join(folder, 'first-admin-key.txt');
      writeFileSync(path, 'csk_old', { mode: 0o644 });
      await writeSecretFile(path, 'csk_new\n');
      expect(readFileSync(path, 'utf8')).to.equal('csk_new\n');
      expect(statSync(path).mode & 0o777).to.equal(0o600);
      const elsewhere = join(folder, 'elsewhere');
      writeFileSync(elsewhere, 'mine');
      rmSync(path);
      symlinkSync(elsewhere, path);
      await writeSecretFile(path, 'csk_new\n');
      expect(readFileSync(elsewhere, 'utf8'), 'a link is not followed').to.equal('mine');
      rmSync(path);
      mkdirSync(join(path, 'full'), { recursive: true });
      expect(await failure(writeSecretFile(path, 'csk_new\n')))
        .to.have.property('message')
        .that.includes(path)
        .and.includes('key add --role admin');
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
});
