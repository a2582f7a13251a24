import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { expect } from 'chai';

import { createApiKeyAuthProvider } from '../../../adapters/auth-provider/api-key/api-key-auth-provider.js';
import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createFileStateStore } from '../../../adapters/state-store/file/file-state-store.js';
import type { AuthProvider, CredentialChange } from '../../../ports/auth-provider.js';
import type { Work } from './key-writer.js';

const { signal } = new AbortController();
const ROUNDS = 20;

describe('several processes on one state folder', function () {
  this.timeout(120_000);
  let directory = '';
  let service: AuthProvider;
  const children: ChildProcess[] = [];
  const another = async (): Promise<ChildProcess> => {
    const child = fork(new URL('./key-writer.ts', import.meta.url), [directory], {
      execArgv: ['--import', 'tsx'],
    });
    children.push(child);
    await once(child, 'message');
    return child;
  };
  const ask = async (child: ChildProcess, work: Work): Promise<string[]> => {
    const answer = once(child, 'message');
    child.send(work);
    return ((await answer) as [string[]])[0];
  };
  const stored = async (): Promise<string[]> => {
    const text = await fs.readFile(path.join(directory, 'auth.api-keys.json'), 'utf8');
    return (JSON.parse(text) as { keys: { id: string }[] }).keys.map(({ id }) => id).sort();
  };
  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), 'several-'));
    const deps = { log: createMemoryLogger(), clock: createSystemClock() };
    service = createApiKeyAuthProvider(
      {},
      { ...deps, state: await createFileStateStore({ directory }, deps) },
    );
    await service.start(signal);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await service.stop(signal);
    await fs.rm(directory, { recursive: true, force: true });
  });

  it('lose no key and bring none back, in twenty rounds of two that issue and two that revoke', async () => {
    const [one, two, three] = [await another(), await another(), await another()];
    const kept: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const old = await Promise.all(
        Array.from({ length: 4 }, () => service.issue({ subject: 'old', role: 'admin' })),
      );
      const ids = old.map(({ id }) => id);
      const [made, more, taken, also] = await Promise.all([
        ask(one, { issue: 3 }),
        service.issue({ subject: 'of the service', role: 'viewer' }),
        ask(two, { revoke: ids.slice(0, 2) }),
        ask(three, { revoke: ids.slice(2) }),
      ]);
      expect([...taken, ...also]).to.deep.equal(ids);
      kept.push(...made, more.id);
      expect(await stored(), `round ${String(round)}`).to.deep.equal([...kept].sort());
    }
  });

  it('go on when one of them is killed in the middle of a change', async () => {
    for (let round = 0; round < 5; round++) {
      const child = await another();
      child.send({ issue: 10_000 } satisfies Work);
      await new Promise((resolve) => setTimeout(resolve, 20 + 7 * round));
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      const { credential } = await service.issue({ subject: 'after', role: 'viewer' });
      expect(await service.authenticate(credential)).to.include({ id: 'after' });
      await gone;
    }
  });

  it('hear of a change by another at once, and a new key is never refused', async () => {
    const child = await another();
    const told: CredentialChange[] = [];
    let wake = (): void => undefined;
    const leave = service.watch?.((change) => {
      told.push(change);
      wake();
    });
    for (let n = 0; n < 10; n++) {
      const { id, credential } = await service.issue({ subject: 'x', role: 'viewer' });
      const news = new Promise<void>((resolve) => (wake = resolve));
      const began = performance.now();
      await ask(child, { revoke: [id] });
      await news;
      if (n === 9) console.log(`      · told ${(performance.now() - began).toFixed(0)} ms after the request`);
      expect(told.at(-1)).to.deep.equal({ credentialId: id });
      expect(await service.authenticate(credential).catch((e: unknown) => e)).to.include({
        code: 'CREDENTIALS_REFUSED',
      });
    }
    leave?.();
  });
});
