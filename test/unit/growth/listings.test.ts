import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createDiskFileStore } from '../../../adapters/file-store/disk/disk-file-store.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemorySegmentLog } from '../../../adapters/segment-log/memory/memory-segment-log.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import { readYamlFile } from '../../../config/yaml-file.js';
import { FileIndex } from '../../../core/files/file-index.js';
import { emptyFilesOf, filesOf } from '../../../core/recordings/file-plan.js';
import { ActiveRecordings } from '../../../core/recordings/recording-store.js';
import type { RecordingSession } from '../../../core/recordings/recording-session.js';
import { faultsIn } from '../../../core/validation/json-schema.js';
import type { FileStore, OptionSchema, StoredFile } from '../../../ports/index.js';
import { digest } from '../core-world.js';
import { nameAt } from '../recordings/helpers.js';
import { expectLinear, expectLinearText } from '../../worlds/growth.js';

const SESSION: RecordingSession = {
  ...{ sessionId: 'session-1', camera: 'camera0', format: 'fmp4', startedAt: 0, state: 'RECORDING' },
  ...{ files: [], gaps: [] },
};
const signal = new AbortController().signal;

/** Names that the files of a recording have, and others. */
function namesOf(size: number): readonly string[] {
  return Array.from({ length: size }, (_, n) => (n % 3 === 0 ? `odd ${String(n)}` : nameAt(n * 1_000)));
}

function listingOf(size: number, sizeBytes = 10): readonly StoredFile[] {
  return namesOf(size).map((filename) => ({
    ...{ kind: 'recordings', filename, sizeBytes, createdAt: 0, modifiedAt: 0 },
  }));
}

describe('a folder, whatever is in it', function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), 'growth-'));
  after(() => rmSync(dir, { recursive: true }));

  it('costs in proportion to its files: which of them belong to a recording', async () => {
    const look = (listing: readonly StoredFile[]) => ({
      ...{ listing, wallMs: 1e12, monotonicMs: 1e9, sinceMs: 500 },
    });
    const fresh = (listing: readonly StoredFile[]) => filesOf(SESSION, look(listing));
    expect(fresh(listingOf(9))).to.have.length(6);
    await expectLinear({ make: listingOf, run: fresh, largest: 20_000 }, 'new files');
    const known = (size: number) => {
      const listing = listingOf(size);
      return { listing, session: { ...SESSION, files: fresh(listing) } };
    };
    const again = ({ listing, session }: ReturnType<typeof known>) => filesOf(session, look(listing));
    await expectLinear({ make: known, run: again, largest: 20_000 }, 'known files');
    const empty = (size: number) => listingOf(size, 0);
    await expectLinear({ make: empty, run: (listing) => emptyFilesOf(SESSION, listing), largest: 20_000 });
  });

  it('costs in proportion to its files: the index, with what is noted of them', async () => {
    const clock = createManualClock();
    const make = (size: number) => {
      const listing = listingOf(size);
      const state = createMemoryStateStore();
      const notes = listing.map(({ filename }) => [`recordings/${filename}`, { camera: 'camera0' }] as const);
      void state.write('files.notes', { files: Object.fromEntries(notes) });
      const files = { list: (kind: string) => Promise.resolve(kind === 'recordings' ? listing : []) };
      return { files: files as unknown as FileStore, state };
    };
    const run = async ({ files, state }: ReturnType<typeof make>) => {
      const index = new FileIndex({
        files,
        segments: createMemorySegmentLog(),
        state,
        clock,
        log: createMemoryLogger(),
      });
      await index.load();
      await index.refresh('recordings');
      return [...(await index.all('recordings'))].length;
    };
    expect(await run(make(30))).to.equal(30);
    await expectLinear({ make, run, largest: 10_000 }, 'index');
  });

  it('costs in proportion to its files: the listing of a disk', async () => {
    const folders = new Map<number, FileStore>();
    for (const size of [500, 2_000]) {
      const [recordings, snapshots] = [mkdtempSync(join(dir, 'r-')), mkdtempSync(join(dir, 's-'))];
      for (const name of namesOf(size)) writeFileSync(join(recordings, name), '');
      folders.set(size, createDiskFileStore({ recordings, snapshots }));
    }
    const make = (size: number): FileStore => folders.get(size)!;
    await expectLinear({ make, run: (store) => store.list('recordings', signal), largest: 2_000 }, 'disk');
    expect(await make(500).list('recordings', signal)).to.have.length(333);
  });
});

describe('a document, whatever is in it', function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), 'growth-'));
  after(() => rmSync(dir, { recursive: true }));

  it('costs in proportion to its size: recordings under way, good and damaged', async () => {
    const file = (n: number) => ({ filename: nameAt(n * 1_000), startedAt: n, sizeBytes: 1 });
    const entry = (n: number) => ({ ...SESSION, camera: `camera${String(n)}`, sessionId: `s${String(n)}` });
    const makes: Readonly<Record<string, (size: number) => readonly unknown[]>> = {
      files: (size) => [{ ...SESSION, files: Array.from({ length: size }, (_, n) => file(n)) }],
      sessions: (size) => Array.from({ length: size }, (_, n) => entry(n)),
      damaged: (size) =>
        Array.from({ length: size }, (_, n) => ({ ...entry(n), files: [{ filename: '..' }] })),
    };
    for (const [what, make] of Object.entries(makes)) {
      const run = async (sessions: readonly unknown[]): Promise<number> => {
        const state = createMemoryStateStore();
        await state.write('recordings.active', { sessions });
        return (await new ActiveRecordings({ state, log: createMemoryLogger(), digest }).load()).length;
      };
      await expectLinear({ make, run, largest: 1_500 }, what);
    }
  });

  it('costs in proportion to its size: lists of the configuration', async () => {
    const text: OptionSchema = { type: 'string', minLength: 1 };
    const item: OptionSchema = { type: 'object', properties: { id: text }, required: ['id'] };
    const schema: OptionSchema = { type: 'array', items: item, 'x-unique': 'id' };
    const different = (size: number) => Array.from({ length: size }, (_, n) => ({ id: `c${String(n)}` }));
    const same = (size: number) => Array.from({ length: size }, () => ({ id: 'c' }));
    const wrong = (size: number) => Array.from({ length: size }, (_, n) => ({ di: n }));
    for (const make of [different, same, wrong] as readonly ((size: number) => unknown)[])
      await expectLinear({ make, run: (value) => faultsIn(schema, value), largest: 20_000 }, make.name);
  });

  it('costs in proportion to its length: YAML', async () => {
    const path = join(dir, 'config.yaml');
    const run = (text: string): void => {
      writeFileSync(path, text);
      readYamlFile(path, []);
    };
    const pumps = [
      'a',
      '- ',
      '? ',
      'a: ',
      '&a ',
      '!!a ',
      '| ',
      '\n- ',
      '\na: b',
      '\na:\n',
      '[',
      '{',
      '"',
      "'",
      '# ',
      '%',
    ];
    await expectLinearText(run, { largest: 4_096, pumps });
    const lines = (size: number) =>
      Array.from({ length: size }, (_, n) => `key${String(n)}: [a, b]\n`).join('');
    await expectLinear({ make: lines, run, largest: 400 }, 'keys');
  });
});
