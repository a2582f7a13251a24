import { expect } from 'chai';

import type { StateStore } from '../../ports/state-store.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';

export interface StateStoreWorld {
  /** A fresh and empty store. */
  create(): Promise<StateStore>;
  /** A second store on what `store` wrote, as the next process would open it. Used with `supports.persistence`. */
  reopen(store: StateStore): Promise<StateStore>;
  /** Makes the stored document unreadable, as a damaged disk would. */
  damage(store: StateStore, key: string): Promise<void>;
}

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code,
  );

export function stateStoreContract(name: string, world: StateStoreWorld): void {
  describe(`${name} as a StateStore`, () => {
    optionalLifecycleTrait(async () => await world.create(), 5_000);

    it('[empty] has nothing to begin with', async () => {
      const store = await world.create();
      expect(await store.read('some.key')).to.equal(undefined);
      expect(await store.keys()).to.deep.equal([]);
    });

    it('[round-trip] gives back what was written', async () => {
      const store = await world.create();
      const value = { text: 'grüße 📷', list: [1, null, { deep: [true, ''] }], n: -0.5 };
      await store.write('cameras.identity-book', value);
      expect(await store.read('cameras.identity-book')).to.deep.equal(value);
      for (const plain of [null, 0, '', false, []]) {
        await store.write('plain', plain);
        expect(await store.read('plain')).to.deep.equal(plain);
      }
    });

    it('[replaces] replaces the whole document', async () => {
      const store = await world.create();
      await store.write('doc', { a: 1, long: 'x'.repeat(10_000) });
      await store.write('doc', { b: 2 });
      expect(await store.read('doc')).to.deep.equal({ b: 2 });
    });

    it('[copies] is independent of the object that was written or read', async () => {
      const store = await world.create();
      const value = { list: [1] };
      await store.write('doc', value);
      value.list.push(2);
      const first = (await store.read('doc')) as typeof value;
      first.list.push(3);
      expect(await store.read('doc')).to.deep.equal({ list: [1] });
    });

    it('[snapshot] writes the value as it was at the call', async () => {
      const store = await world.create();
      const value = { n: 1 };
      const writing = store.write('doc', value);
      value.n = 2;
      await writing;
      expect(await store.read('doc')).to.deep.equal({ n: 1 });
    });

    it('[order] writes to one key take effect in the order of the calls', async () => {
      const store = await world.create();
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => store.write('doc', { n, pad: 'x'.repeat((30 - n) * 2000) })),
      );
      expect(await store.read('doc')).to.have.property('n', 29);
    });

    it('[keys] lists the keys that have a document, sorted; removing may be repeated', async () => {
      const store = await world.create();
      for (const key of ['b', 'a.c', 'a-b', 'a']) await store.write(key, 1);
      await store.remove('b');
      await store.remove('b');
      expect(await store.keys()).to.deep.equal(['a', 'a-b', 'a.c']);
      expect(await store.read('b')).to.equal(undefined);
    });

    it('[key-rule] refuses keys that break the rule', async () => {
      const store = await world.create();
      for (const key of [
        '',
        'A',
        '../x',
        'a/b',
        '.a',
        'a.',
        'a..b',
        'a b',
        'a\0',
        'x'.repeat(101),
        '__proto__',
      ]) {
        expect(await codeOf(store.read(key)), key).to.equal('OPTION_INVALID');
        expect(await codeOf(store.write(key, 1)), key).to.equal('OPTION_INVALID');
        expect(await codeOf(store.remove(key)), key).to.equal('OPTION_INVALID');
      }
      await store.write('x'.repeat(100), 1);
    });

    it('[plain-data] refuses what is not plain JSON data', async () => {
      const store = await world.create();
      const cycle: Record<string, unknown> = {};
      cycle['self'] = cycle;
      for (const value of [undefined, () => 1, 10n, cycle])
        expect(await codeOf(store.write('doc', value))).to.equal('OPTION_INVALID');
      expect(await store.read('doc')).to.equal(undefined);
    });

    it('[corrupt] says so once, and the key can be used again', async () => {
      const store = await world.create();
      await store.write('doc', { a: 1 });
      await world.damage(store, 'doc');
      expect(await codeOf(store.read('doc'))).to.equal('STATE_CORRUPT');
      await store.write('doc', { a: 2 });
      expect(await store.read('doc')).to.deep.equal({ a: 2 });
    });

    it('[persistence] keeps documents for the next process when it says so', async () => {
      const store = await world.create();
      await store.write('doc', { a: 1 });
      const next = await world.reopen(store);
      expect(await next.read('doc')).to.deep.equal(store.supports.persistence ? { a: 1 } : undefined);
    });
  });
}
