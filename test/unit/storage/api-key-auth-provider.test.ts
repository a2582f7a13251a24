import { expect } from 'chai';

import { createApiKeyAuthProvider } from '../../../adapters/auth-provider/api-key/api-key-auth-provider.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import { PortError } from '../../../ports/port-error.js';

const UNKNOWN = `csk_${'0'.repeat(16)}_${'A'.repeat(43)}`;

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

  it('sees a key that was made elsewhere at once, also after wrong ones', async () => {
    const { service, tool } = await world();
    for (let n = 0; n < 20; n++) {
      expect(await codeOf(service.authenticate(UNKNOWN))).to.equal('CREDENTIALS_REFUSED');
      const { credential, id } = await tool.issue({ subject: 'nvr', role: 'viewer' });
      expect(await service.authenticate(credential)).to.include({ id: 'nvr', credentialId: id });
    }
  });

  it('ends a key that was taken back elsewhere at once while somebody listens, and tells', async () => {
    const { service, tool } = await world();
    const { credential, id } = await service.issue({ subject: 'nvr', role: 'viewer' });
    const told = new Promise((resolve) => service.watch?.(resolve));
    await tool.revoke(id);
    expect(await told).to.deep.equal({ credentialId: id });
    expect(await codeOf(service.authenticate(credential))).to.equal('CREDENTIALS_REFUSED');
  });

  it('tells of a change that nobody told it of within the refresh time, and only of that key', async () => {
    const { clock, state, service } = await world();
    const [one, other] = [
      await service.issue({ subject: 'one', role: 'admin' }),
      await service.issue({ subject: 'other', role: 'admin' }),
    ];
    Object.assign(state, { watch: () => () => undefined });
    const told: unknown[] = [];
    service.watch?.((change) => told.push(change));
    await state.update('auth.api-keys', (document) => {
      const { keys } = document as { keys: Record<string, unknown>[] };
      return {
        version: 1,
        keys: keys.map((key) => (key['id'] === one.id ? { ...key, role: 'viewer' } : key)),
      };
    });
    await clock.advance(2000);
    expect(told).to.deep.equal([{ credentialId: one.id }]);
    expect(await service.authenticate(one.credential)).to.include({ role: 'viewer' });
    expect(await service.authenticate(other.credential)).to.include({ role: 'admin' });
  });

  it('listens only while somebody listens to it', async () => {
    const { state, service } = await world();
    const { watch } = state;
    let watching = 0;
    Object.assign(state, {
      watch: (key: string, listener: () => void) => {
        const end = watch(key, listener);
        watching += 1;
        return () => (end(), (watching -= 1));
      },
    });
    expect(watching).to.equal(0);
    const leave = service.watch?.(() => undefined);
    service.watch?.(() => undefined)();
    expect(watching).to.equal(1);
    await service.stop(signal);
    expect(watching).to.equal(0);
    await service.start(signal);
    expect(watching).to.equal(1);
    leave?.();
    expect(watching).to.equal(0);
  });

  it('uses the keys that can be understood, and keeps the others for whoever mends them', async () => {
    const { state, service } = await world();
    const { credential, id } = await service.issue({ subject: 'good', role: 'admin' });
    const odd = [null, 7, 'x', [], {}, { id }, { id: 'f'.repeat(16), subject: 'x', role: 'root' }];
    const { keys } = (await state.read('auth.api-keys')) as { keys: Record<string, unknown>[] };
    const wrong = [
      { expiresAt: 9e15 },
      { createdAt: '2026' },
      { cameras: 'camera0' },
      { hash: 'zz' },
      { subject: 'a\nb' },
    ].map((field, n) => ({ ...keys[0], id: `${String(n)}${'0'.repeat(15)}`, ...field }));
    await state.write('auth.api-keys', { version: 1, keys: [...odd, ...wrong, ...keys] });
    expect((await service.list()).map((record) => record.id)).to.deep.equal([id]);
    expect(await service.authenticate(credential)).to.include({ id: 'good' });
    expect(service.trouble?.()).to.include(`${String(odd.length + wrong.length)} entries`);
    await service.issue({ subject: 'another', role: 'viewer' });
    const after = (await state.read('auth.api-keys')) as { keys: unknown[] };
    expect(after.keys).to.have.length(2 + odd.length + wrong.length);
    await service.revoke(id);
    expect(
      JSON.stringify(await state.read('auth.api-keys')),
      'also where the id stands oddly',
    ).not.to.include(id);
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
    let [reads, looks] = [0, 0];
    const { read, stamp } = state;
    Object.assign(state, {
      read: (key: string) => (reads++, read(key)),
      stamp: (key: string) => (looks++, stamp(key)),
    });
    await Promise.all(Array.from({ length: 500 }, () => codeOf(service.authenticate(UNKNOWN))));
    expect(reads).to.equal(0);
    expect(looks, 'those who guess at the same time share one look').to.be.at.most(2);
  });

  it('lets nobody in when the document is damaged', async () => {
    const { clock, log, state, service } = await world();
    const { credential } = await service.issue({ subject: 'x', role: 'admin' });
    state.damage('auth.api-keys', '{');
    await clock.advance(2000);
    expect(await codeOf(service.authenticate(credential))).to.equal('CREDENTIALS_REFUSED');
    expect(log.lines().map(({ level }) => level)).to.include('error');
    expect(service.trouble?.()).to.include('auth.api-keys').and.include('key add');
  });

  for (const [what, document] of [
    ['a list', []],
    ['a text', 'keys'],
    ['nothing', null],
    ['another version', { version: 2, keys: [] }],
    ['no list of keys', { version: 1, keys: {} }],
  ] as const)
    it(`starts without keys when the document is ${what}, says so, and keeps it aside`, async () => {
      const { state, tool } = await world();
      await state.write('auth.api-keys', document);
      const service = createApiKeyAuthProvider({}, { ...(await world()), state });
      await service.start(signal);
      expect(service.trouble?.()).to.include('damaged');
      expect(await service.list()).to.deep.equal([]);
      expect(await state.read('auth.api-keys')).to.equal(undefined);
      await service.issue({ subject: 'first-admin', role: 'admin' });
      await service.list();
      expect(service.trouble?.(), 'own keys are no sign that somebody saw it').to.include('damaged');
      await tool.issue({ subject: 'nvr', role: 'viewer' });
      await service.list();
      expect(service.trouble?.()).to.equal(undefined);
    });

  it('goes on with the keys it knows while the disk fails, and says so', async () => {
    const { clock, log, state, service } = await world();
    const { credential } = await service.issue({ subject: 'x', role: 'admin' });
    await service.list();
    const { stamp } = state;
    Object.assign(state, {
      stamp: () => Promise.reject(new PortError('STORAGE_FAILED', { message: 'it failed' })),
    });
    await clock.advance(2000);
    expect(await service.authenticate(credential)).to.include({ id: 'x' });
    expect(service.trouble?.()).to.include('it failed');
    for (let n = 0; n < 5; n++) {
      await clock.advance(2000);
      await service.authenticate(credential);
    }
    expect(log.lines().filter(({ level }) => level === 'error')).to.have.length(1);
    Object.assign(state, { stamp });
    await clock.advance(2000);
    await service.authenticate(credential);
    expect(service.trouble?.()).to.equal(undefined);
  });
});
