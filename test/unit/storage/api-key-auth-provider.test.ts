import { expect } from 'chai';

import { createApiKeyAuthProvider } from '../../../adapters/auth-provider/api-key/api-key-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';

describe('auth-provider/api-key beside a command line that edits the keys', () => {
  const { signal } = new AbortController();
  const codeOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'admitted',
      (error: unknown) => (error as { code?: unknown }).code,
    );
  const world = async () => {
    const deps = { clock: createManualClock(), log: createMemoryLogger(), state: createMemoryStateStore() };
    const [service, tool] = [createApiKeyAuthProvider({}, deps), createApiKeyAuthProvider({}, deps)];
    await service.start(signal);
    await tool.start(signal);
    return { ...deps, service, tool };
  };

  it('sees a key that was made elsewhere within a second', async () => {
    const { clock, service, tool } = await world();
    const { credential } = await tool.issue({ subject: 'nvr', role: 'viewer' });
    await clock.advance(1000);
    expect(await service.authenticate(credential)).to.deep.equal({
      id: 'nvr',
      role: 'viewer',
      provider: 'api-key',
    });
  });

  it('ends a key that was taken back elsewhere within two seconds', async () => {
    const { clock, service, tool } = await world();
    const { credential, id } = await service.issue({ subject: 'nvr', role: 'viewer' });
    await tool.revoke(id);
    await clock.advance(2000);
    expect(await codeOf(service.authenticate(credential))).to.equal('CREDENTIALS_REFUSED');
  });

  it('stores no key in clear and loses none when keys are made at once', async () => {
    const { state, service } = await world();
    const made = await Promise.all([1, 2, 3].map(() => service.issue({ subject: 'x', role: 'admin' })));
    const stored = JSON.stringify(await state.read('auth.api-keys'));
    for (const { credential, id } of made) {
      expect(stored)
        .to.include(id)
        .and.not.include(credential.slice('csk_'.length + id.length + 1));
      expect(await service.authenticate(credential)).to.include({ id: 'x' });
    }
  });

  it('does not read the document for every guess', async () => {
    const { state, service } = await world();
    let reads = 0;
    const read = state.read.bind(state);
    Object.assign(state, { read: (key: string) => (reads++, read(key)) });
    for (let n = 0; n < 100; n++)
      await codeOf(service.authenticate(`csk_${'0'.repeat(16)}_${'A'.repeat(43)}`));
    expect(reads).to.be.at.most(1);
  });

  it('lets nobody in when the document is damaged', async () => {
    const { clock, log, state, service } = await world();
    const { credential } = await service.issue({ subject: 'x', role: 'admin' });
    state.damage('auth.api-keys', '{');
    await clock.advance(2000);
    expect(await codeOf(service.authenticate(credential))).to.equal('CREDENTIALS_REFUSED');
    expect(log.lines().map(({ level }) => level)).to.include('error');
  });
});
