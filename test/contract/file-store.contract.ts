import { expect } from 'chai';

import type { ByteRange, FileKind, FileStore } from '../../ports/file-store.js';
import { identityTrait, isFlag } from './identity.trait.js';
import { before, failure } from './outcome.js';
import { lifecycleTrait } from './lifecycle.trait.js';
import { contractSuite, describe, it } from './runner.contract.js';

export interface FileStoreWorld {
  /** A fresh, empty and opened store with room for at least 4 MiB. */
  create(): Promise<FileStore>;
  /** Puts an entry into the folder past the store, as the media server does; the name may break the rule. */
  place(
    store: FileStore,
    kind: FileKind,
    entry: { readonly name: string; readonly bytes: Uint8Array },
  ): Promise<void>;
}

const BAD_NAMES = [
  '',
  '.',
  '..',
  '.hidden',
  '-a',
  '_a',
  '../a',
  'a/b',
  'a\\b',
  'a\0',
  'ä.jpg',
  'a b',
  'x'.repeat(201),
];

const pattern = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at * 7 + (at >> 8)) & 255);
const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code,
  );

async function readAll(store: FileStore, filename: string, range?: ByteRange): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of store.read('snapshots', filename, range))
    for (const byte of chunk) bytes.push(byte);
  return bytes;
}

/** What a store has reported and nobody has waited for. */
class Reports {
  readonly #names: (string | undefined)[] = [];
  #wake: () => void = () => undefined;

  add(filename: string | undefined): void {
    this.#names.push(filename);
    this.#wake();
  }

  names(): readonly (string | undefined)[] {
    return this.#names;
  }

  clear(): void {
    this.#names.length = 0;
  }

  /** Resolves when this name has been reported since the last call for it. */
  async until(filename: string): Promise<void> {
    const wait = (): Promise<void> => new Promise((resolve) => (this.#wake = resolve));
    while (!this.#names.includes(filename)) await before(wait(), 5_000);
    this.clear();
  }
}

export const fileStoreContract = contractSuite((name, world: FileStoreWorld) => {
  describe(`${name} as a FileStore`, () => {
    identityTrait(() => world.create(), { paths: isFlag, persistence: isFlag });
    lifecycleTrait(async () => {
      const store = await world.create();
      await store.stop(new AbortController().signal);
      return store;
    }, 5_000);

    it('[empty] lists nothing at first', async () => {
      const store = await world.create();
      expect(await store.list('recordings')).to.deep.equal([]);
      expect(await store.list('snapshots')).to.deep.equal([]);
    });

    it('[write-read] returns the bytes that were written, with their size and times', async () => {
      const store = await world.create();
      const bytes = pattern(1_000_003);
      const written = await store.write('snapshots', 'a.jpg', bytes);
      expect(written).to.include({ kind: 'snapshots', filename: 'a.jpg', sizeBytes: bytes.byteLength });
      expect(written.modifiedAt).to.be.greaterThan(Date.UTC(2020, 0, 1));
      expect(await store.stat('snapshots', 'a.jpg')).to.deep.equal(written);
      expect(Buffer.from(await readAll(store, 'a.jpg')).equals(Buffer.from(bytes))).to.equal(true);
    });

    it('[empty-file] stores empty files', async () => {
      const store = await world.create();
      await store.write('snapshots', 'none.jpg', new Uint8Array());
      expect((await store.stat('snapshots', 'none.jpg')).sizeBytes).to.equal(0);
      expect(await readAll(store, 'none.jpg')).to.deep.equal([]);
    });

    it('[copies] keeps the bytes as they were when they had been written, whatever is done to them afterwards', async () => {
      const store = await world.create();
      const bytes = pattern(1000);
      await store.write('snapshots', 'a.jpg', bytes);
      bytes.fill(7);
      for await (const chunk of store.read('snapshots', 'a.jpg')) chunk.fill(8);
      expect(await readAll(store, 'a.jpg')).to.deep.equal([...pattern(1000)]);
    });

    it('[identity] recognises each folder again', async () => {
      const store = await world.create();
      const first = await store.identity('recordings');
      await store.write('recordings', 'a.mp4', pattern(10));
      expect(await store.identity('recordings')).to.equal(first);
      expect(await store.identity('snapshots')).not.to.equal(first);
    });

    it('[ranges] reads exactly the bytes of a range, whose end may be beyond the end of the file', async () => {
      const store = await world.create();
      const bytes = pattern(700_000);
      await store.write('snapshots', 'a.jpg', bytes);
      const ranges: [number, number][] = [
        [0, 0],
        [5, 9],
        [262_143, 262_145],
        [699_999, 699_999],
        [699_990, 9_999_999],
      ];
      for (const [first, last] of ranges)
        expect(await readAll(store, 'a.jpg', { first, last })).to.deep.equal([
          ...bytes.slice(first, last + 1),
        ]);
      expect(await readAll(store, 'a.jpg', { first: 700_000, last: 700_001 })).to.deep.equal([]);
    });

    it('[kinds] keeps recordings and snapshots apart', async () => {
      const store = await world.create();
      await store.write('snapshots', 'same.bin', pattern(1));
      await store.write('recordings', 'same.bin', pattern(2));
      expect((await store.list('snapshots')).map(({ sizeBytes }) => sizeBytes)).to.deep.equal([1]);
      expect((await store.list('recordings')).map(({ sizeBytes }) => sizeBytes)).to.deep.equal([2]);
    });

    it('[replaces] replaces a file as a whole, and creates it if there is none', async () => {
      const store = await world.create();
      await store.replace('snapshots', 'a.jpg', pattern(20));
      const stored = await store.replace('snapshots', 'a.jpg', pattern(10));
      expect(stored).to.include({ kind: 'snapshots', filename: 'a.jpg', sizeBytes: 10 });
      expect(await readAll(store, 'a.jpg')).to.deep.equal([...pattern(10)]);
      expect(await store.list('snapshots')).to.have.length(1);
      expect(await codeOf(store.replace('snapshots', '../a.jpg', pattern(1)))).to.equal('FILE_NAME_INVALID');
    });

    it('[exists] never overwrites a file, even with concurrent writes', async () => {
      const store = await world.create();
      const writes = [1, 2, 3, 4].map((size) => codeOf(store.write('snapshots', 'a.jpg', pattern(size))));
      expect((await Promise.all(writes)).sort()).to.deep.equal([
        'FILE_EXISTS',
        'FILE_EXISTS',
        'FILE_EXISTS',
        'no error',
      ]);
      const { sizeBytes } = await store.stat('snapshots', 'a.jpg');
      expect(await readAll(store, 'a.jpg')).to.deep.equal([...pattern(sizeBytes)]);
      expect(await store.list('snapshots')).to.have.length(1);
    });

    it('[names] refuses invalid names in every call', async () => {
      const store = await world.create();
      for (const bad of BAD_NAMES) {
        const calls = [
          store.stat('snapshots', bad),
          store.write('snapshots', bad, pattern(1)),
          readAll(store, bad),
          store.remove('snapshots', bad),
          store.quarantine('snapshots', bad),
        ];
        const codes = await Promise.all(calls.map(codeOf));
        expect(codes, JSON.stringify(bad)).to.deep.equal(Array(5).fill('FILE_NAME_INVALID'));
      }
      await store.write('snapshots', 'x'.repeat(200), pattern(1));
      await store.write('snapshots', '0._-Z', pattern(1));
    });

    it('[missing] fails with FILE_NOT_FOUND for a missing file', async () => {
      const store = await world.create();
      const calls = [
        store.stat('snapshots', 'no.jpg'),
        readAll(store, 'no.jpg'),
        store.remove('snapshots', 'no.jpg'),
        store.quarantine('snapshots', 'no.jpg'),
      ];
      expect(await Promise.all(calls.map(codeOf))).to.deep.equal(Array(4).fill('FILE_NOT_FOUND'));
    });

    it('[foreign] finds files written by others, and leaves out invalid names', async () => {
      const store = await world.create();
      await world.place(store, 'recordings', { name: 'front.mp4', bytes: pattern(10) });
      await world.place(store, 'recordings', { name: '.part', bytes: pattern(10) });
      await world.place(store, 'recordings', { name: 'with space.mp4', bytes: pattern(10) });
      expect((await store.list('recordings')).map(({ filename }) => filename)).to.deep.equal(['front.mp4']);
    });

    it('[only-names] lists the names of the same files as the listing', async () => {
      const store = await world.create();
      if (!store.names) return;
      await store.write('recordings', 'a.mp4', pattern(3));
      await world.place(store, 'recordings', { name: 'b.mp4', bytes: pattern(10) });
      await world.place(store, 'recordings', { name: 'with space.mp4', bytes: pattern(10) });
      expect([...(await store.names('recordings'))].sort()).to.deep.equal(['a.mp4', 'b.mp4']);
      expect(await store.names('snapshots')).to.deep.equal([]);
    });

    it('[watch] reports files that anyone creates, changes or removes, until it is told to end', async () => {
      const store = await world.create();
      expect(store.watch === undefined, 'names and watch come together').to.equal(store.names === undefined);
      if (!store.watch) return;
      const heard = new Reports();
      const end = store.watch('recordings', (filename) => heard.add(filename));
      await world.place(store, 'recordings', { name: 'a.mp4', bytes: pattern(10) });
      await heard.until('a.mp4');
      await world.place(store, 'recordings', { name: 'a.mp4', bytes: pattern(20) });
      await heard.until('a.mp4');
      await store.write('recordings', 'b.mp4', pattern(3));
      await heard.until('b.mp4');
      heard.clear();
      await store.remove('recordings', 'a.mp4');
      await heard.until('a.mp4');
      end();
      end();
      await store.write('snapshots', 'c.jpg', pattern(3));
      await store.write('recordings', 'c.mp4', pattern(3));
      expect(heard.names()).to.not.include.oneOf(['c.jpg', 'c.mp4']);
    });

    it('[removes] removes files', async () => {
      const store = await world.create();
      await store.write('snapshots', 'a.jpg', pattern(3));
      await store.remove('snapshots', 'a.jpg');
      expect(await store.list('snapshots')).to.deep.equal([]);
      expect(await codeOf(store.stat('snapshots', 'a.jpg'))).to.equal('FILE_NOT_FOUND');
    });

    it('[quarantine] removes a file from the listing and frees its name', async () => {
      const store = await world.create();
      for (const size of [3, 4]) {
        await store.write('snapshots', 'a.jpg', pattern(size));
        await store.quarantine('snapshots', 'a.jpg');
        expect(await store.list('snapshots')).to.deep.equal([]);
        expect(await codeOf(store.stat('snapshots', 'a.jpg'))).to.equal('FILE_NOT_FOUND');
      }
    });

    it('[salvage] keeps parts of a file under its name, and the rest in quarantine', async () => {
      const store = await world.create();
      const bytes = pattern(1_000);
      const cases: [readonly ByteRange[], readonly number[]][] = [
        [[{ first: 0, last: 899 }], [...bytes.slice(0, 900)]],
        [
          [
            { first: 10, last: 19 },
            { first: 500, last: 999 },
          ],
          [...bytes.slice(10, 20), ...bytes.slice(500)],
        ],
      ];
      for (const [index, [keep, left]] of cases.entries()) {
        const name = `a${String(index)}.jpg`;
        const { modifiedAt } = await store.write('snapshots', name, bytes);
        const before = await store.quarantined();
        const file = await store.salvage('snapshots', name, { sizeBytes: 1_000, keep });
        expect(file).to.include({ filename: name, sizeBytes: left.length, modifiedAt });
        expect(await readAll(store, name)).to.deep.equal(left);
        const after = await store.quarantined();
        expect(after.files).to.equal(before.files + 1);
        expect(after.sizeBytes - before.sizeBytes).to.be.at.least(1_000 - left.length);
      }
      expect((await store.list('snapshots')).map(({ filename }) => filename)).to.have.members([
        'a0.jpg',
        'a1.jpg',
      ]);
    });

    it('[salvage-changed] leaves a file alone that is not as it was examined, and refuses parts that make no sense', async () => {
      const store = await world.create();
      await store.write('snapshots', 'a.jpg', pattern(1_000));
      const keep = [{ first: 0, last: 99 }];
      expect(await store.salvage('snapshots', 'a.jpg', { sizeBytes: 900, keep })).to.equal(undefined);
      const senseless: (readonly ByteRange[])[] = [
        [],
        [{ first: 0, last: 999 }],
        [{ first: 0, last: 1_000 }],
        [{ first: 9, last: 8 }],
        [
          { first: 500, last: 600 },
          { first: 0, last: 9 },
        ],
      ];
      for (const parts of senseless) {
        const error = await failure(store.salvage('snapshots', 'a.jpg', { sizeBytes: 1_000, keep: parts }));
        expect(error).to.be.instanceOf(TypeError);
      }
      expect(await codeOf(store.salvage('snapshots', 'no.jpg', { sizeBytes: 1, keep }))).to.equal(
        'FILE_NOT_FOUND',
      );
      expect(await readAll(store, 'a.jpg')).to.deep.equal([...pattern(1_000)]);
      expect(await store.quarantined()).to.deep.equal({ files: 0, sizeBytes: 0 });
    });

    it('[quarantined] counts what is in quarantine, and never loses any of it', async () => {
      const store = await world.create();
      expect(await store.quarantined()).to.deep.equal({ files: 0, sizeBytes: 0 });
      for (const size of [3, 4, 5]) {
        await store.write('recordings', 'a.mp4', pattern(size));
        await store.quarantine('recordings', 'a.mp4');
      }
      await store.write('snapshots', 'a.jpg', pattern(6));
      await store.quarantine('snapshots', 'a.jpg');
      expect(await store.quarantined()).to.deep.equal({ files: 4, sizeBytes: 18 });
    });

    it('[early-end] allows a reader to stop early, and to read the file again', async () => {
      const store = await world.create();
      await store.write('snapshots', 'a.jpg', pattern(2_000_000));
      for await (const chunk of store.read('snapshots', 'a.jpg')) {
        expect(chunk.byteLength).to.be.within(1, 1_999_999);
        break;
      }
      expect(await readAll(store, 'a.jpg', { first: 0, last: 3 })).to.deep.equal([...pattern(4)]);
    });

    it('[lazy] fails at the first step of the iteration, not at the call', async () => {
      const store = await world.create();
      const reading = store.read('snapshots', 'no.jpg')[Symbol.asyncIterator]();
      expect(await codeOf(reading.next())).to.equal('FILE_NOT_FOUND');
    });

    it('[list-aborts] rejects a listing with the reason of its signal', async () => {
      const store = await world.create();
      const reason = new Error('gone');
      const outcome = await store
        .list('snapshots', AbortSignal.abort(reason))
        .catch((error: unknown) => error);
      expect(outcome).to.equal(reason);
    });

    it('[capacity] reports the total and the available space', async () => {
      const { totalBytes, availableBytes } = await (await world.create()).capacity();
      expect(totalBytes).to.be.greaterThan(0);
      expect(availableBytes).to.be.within(0, totalBytes);
    });

    it('[paths] returns its folders if and only if it has paths', async () => {
      const store = await world.create();
      if (store.supports.paths) expect(store.directory('recordings')).to.match(/^\//);
      else
        expect(() => store.directory('recordings'))
          .to.throw()
          .with.property('code', 'UNSUPPORTED');
    });
  });
});
