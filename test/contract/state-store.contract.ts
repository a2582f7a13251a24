import { expect } from 'chai';

import { PortError } from '../../ports/port-error.js';
import type { StateStore } from '../../ports/state-store.js';
import { identityTrait, isFlag } from './identity.trait.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';
import { before } from './outcome.js';
import { contractSuite, describe, it } from './runner.contract.js';

/** News travel through the system's own means; this is for a machine that is busy. */
const TELLING_MS = 10_000;

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

export const stateStoreContract = contractSuite((name, world: StateStoreWorld) => {
  describe(`${name} as a StateStore`, () => {
    identityTrait(() => world.create(), { persistence: isFlag });
    optionalLifecycleTrait(async () => await world.create(), 5_000);

    it('[empty] is empty at first', async () => {
      const store = await world.create();
      expect(await store.read('some.key')).to.equal(undefined);
      expect(await store.keys()).to.deep.equal([]);
    });

    it('[round-trip] returns what was written', async () => {
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

    it('[snapshot] writes the value as it was when the call was made', async () => {
      const store = await world.create();
      const value = { n: 1 };
      const writing = store.write('doc', value);
      value.n = 2;
      await writing;
      expect(await store.read('doc')).to.deep.equal({ n: 1 });
    });

    it('[order] applies writes to the same key in the order of the calls', async () => {
      const store = await world.create();
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => store.write('doc', { n, pad: 'x'.repeat((30 - n) * 2000) })),
      );
      expect(await store.read('doc')).to.have.property('n', 29);
    });

    it('[keys] lists the keys of all documents, sorted; a removal may be repeated', async () => {
      const store = await world.create();
      for (const key of ['b', 'a.c', 'a-b', 'a']) await store.write(key, 1);
      await store.remove('b');
      await store.remove('b');
      expect(await store.keys()).to.deep.equal(['a', 'a-b', 'a.c']);
      expect(await store.read('b')).to.equal(undefined);
    });

    it('[key-rule] refuses invalid keys', async () => {
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

    it('[plain-data] refuses values that are not plain JSON data', async () => {
      const store = await world.create();
      const cycle: Record<string, unknown> = {};
      cycle['self'] = cycle;
      for (const value of [undefined, () => 1, 10n, cycle])
        expect(await codeOf(store.write('doc', value))).to.equal('OPTION_INVALID');
      expect(await store.read('doc')).to.equal(undefined);
    });

    it('[corrupt] reports a damaged document once, after which the key can be used again', async () => {
      const store = await world.create();
      await store.write('doc', { a: 1 });
      await world.damage(store, 'doc');
      expect(await codeOf(store.read('doc'))).to.equal('STATE_CORRUPT');
      await store.write('doc', { a: 2 });
      expect(await store.read('doc')).to.deep.equal({ a: 2 });
    });

    it('[persistence] keeps documents for the next process if it declares persistence', async () => {
      const store = await world.create();
      await store.write('doc', { a: 1 });
      const next = await world.reopen(store);
      expect(await next.read('doc')).to.deep.equal(store.supports.persistence ? { a: 1 } : undefined);
    });

    it('[update] passes on the document and stores the result, or leaves it unchanged without one', async () => {
      const store = await world.create();
      const seen: unknown[] = [];
      const put = (next: unknown) => (document: unknown) => {
        seen.push(document);
        return next;
      };
      expect(await store.update('doc', put({ n: 1 }))).to.deep.equal({ n: 1 });
      expect(await store.update('doc', put(undefined))).to.deep.equal({ n: 1 });
      expect(await store.update('doc', put({ n: 2 }))).to.deep.equal({ n: 2 });
      expect(await store.update('none', put(undefined))).to.equal(undefined);
      expect(seen).to.deep.equal([undefined, { n: 1 }, { n: 1 }, undefined]);
      expect(await store.read('doc')).to.deep.equal({ n: 2 });
      expect(await store.keys()).to.deep.equal(['doc']);
    });

    it('[update-alone] loses no change of concurrent updates, even through a second store', async () => {
      const store = await world.create();
      const stores = store.supports.persistence ? [store, await world.reopen(store)] : [store];
      const add = (document: unknown): unknown => ({ n: ((document as { n?: number })?.n ?? 0) + 1 });
      const adding = Array.from({ length: 20 }, () => stores.map((each) => each.update('doc', add)));
      await Promise.all(adding.flat());
      expect(await store.read('doc')).to.deep.equal({ n: 20 * stores.length });
    });

    it('[update-fails] changes nothing if the change throws, and rejects with the same error', async () => {
      const store = await world.create();
      await store.write('doc', { n: 1 });
      const mistake = new TypeError('a mistake');
      const fail = (): never => {
        throw mistake;
      };
      const error: unknown = await store.update('doc', fail).catch((cause: unknown) => cause);
      expect(error).to.equal(mistake);
      expect(await codeOf(store.update('doc', () => 10n))).to.equal('OPTION_INVALID');
      expect(await codeOf(store.update('a b', () => 1))).to.equal('OPTION_INVALID');
      expect(await store.read('doc')).to.deep.equal({ n: 1 });
    });

    it('[update-refuses] frees the key of a document if its content is refused as invalid', async () => {
      const store = await world.create();
      await store.write('doc', { a: 1 });
      const refuse = (): never => {
        throw new PortError('STATE_CORRUPT', { message: 'not what was written' });
      };
      expect(await codeOf(store.update('doc', refuse))).to.equal('STATE_CORRUPT');
      expect(await store.read('doc')).to.equal(undefined);
      await store.write('doc', { a: 2 });
      await world.damage(store, 'doc');
      expect(await codeOf(store.update('doc', () => ({ a: 3 })))).to.equal('STATE_CORRUPT');
      expect(await store.update('doc', () => ({ a: 3 }))).to.deep.equal({ a: 3 });
    });

    it('[watch] reports changes of this document until the subscription ends', async () => {
      const store = await world.create();
      const heard: (() => void)[] = [];
      const news = (): Promise<void> => new Promise((resolve) => heard.push(resolve));
      const leave = store.watch('doc', () => heard.shift()?.());
      const changes: (() => Promise<unknown>)[] = [
        () => store.write('doc', 1),
        () => store.update('doc', () => 2),
        () => store.remove('doc'),
      ];
      for (const change of changes) {
        const told = news();
        await change();
        await before(told, TELLING_MS);
      }
      if (store.supports.persistence) {
        const told = news();
        await (await world.reopen(store)).write('doc', 3);
        await before(told, TELLING_MS);
      }
      leave();
      leave();
      const late = news();
      const other = new Promise<void>((resolve) => void store.watch('doc', resolve));
      await store.write('doc', 4);
      await before(other, TELLING_MS);
      expect(heard, 'a listener that left is not called').to.have.length(1);
      void late;
    });

    it('[stamp] differs after each change and stays the same otherwise', async () => {
      const store = await world.create();
      const stamps: unknown[] = [await store.stamp('doc')];
      expect(stamps[0]).to.equal(undefined);
      for (const change of [() => store.write('doc', 1), () => store.update('doc', () => 1)]) {
        await change();
        const stamp = await store.stamp('doc');
        expect(stamp).to.be.a('string');
        expect(await store.stamp('doc')).to.equal(stamp);
        expect(stamps).not.to.include(stamp);
        stamps.push(stamp);
      }
      await store.remove('doc');
      expect(await store.stamp('doc')).to.equal(undefined);
    });
  });
});
