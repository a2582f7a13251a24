import fs from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import {
  NODE_DISK,
  QUARANTINE,
  quarantinedIn,
  salvage,
  type Salvage,
  type SalvageDisk,
} from '../../../adapters/file-store/disk/salvaging.js';
import { tempDir } from '../../worlds/media.js';

const original = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7 + (at >> 8)) & 255));
const END = { keep: [{ first: 0, last: 3_999 }], expected: original.subarray(0, 4_000) };
const MIDDLE = {
  keep: [
    { first: 0, last: 999 },
    { first: 2_000, last: 4_499 },
  ],
  expected: Buffer.concat([original.subarray(0, 1_000), original.subarray(2_000, 4_500)]),
};

/** A machine that goes down before, inside or after its n-th step; nothing can be done from then on. */
class Crash {
  steps = 0;
  isDown = false;
  readonly #at: number;
  readonly #when: 'before' | 'inside' | 'after';
  readonly #hasLinks: boolean;

  constructor(at: number, when: 'before' | 'inside' | 'after', hasLinks = true) {
    this.#at = at;
    this.#when = when;
    this.#hasLinks = hasLinks;
  }

  disk(): SalvageDisk {
    const step = async <T>(run: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
      this.#requireUp();
      const isNow = ++this.steps === this.#at;
      if (isNow && this.#when === 'before') this.#goDown();
      if (isNow && this.#when === 'inside') {
        await half?.();
        this.#goDown();
      }
      const result = await run();
      if (isNow) this.#goDown();
      return result;
    };
    const noLinks = (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' }));
    return {
      stat: (file) => step(() => NODE_DISK.stat(file)),
      mkdir: (folder) => step(() => NODE_DISK.mkdir(folder)),
      copy: (from, to, ranges) =>
        step(
          () => NODE_DISK.copy(from, to, ranges),
          () => fs.writeFile(to, original.subarray(0, 17)),
        ),
      link: (from, to) => step(() => (this.#hasLinks ? NODE_DISK.link(from, to) : noLinks())),
      rename: (from, to) => step(() => NODE_DISK.rename(from, to)),
      truncate: (file, length) => step(() => NODE_DISK.truncate(file, length)),
      setTimes: (file, times) => step(() => NODE_DISK.setTimes(file, times)),
      sync: (folder) => step(() => NODE_DISK.sync(folder)),
      remove: (file) => step(() => NODE_DISK.remove(file)),
    };
  }

  #requireUp(): void {
    if (this.isDown) throw new Error('the machine is down');
  }

  #goDown(): never {
    this.isDown = true;
    throw new Error('the machine is down');
  }
}

describe('file-store/disk, when the machine goes down while a file is repaired', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  const file = (): string => path.join(folder.path, 'a.mp4');

  beforeEach(async () => {
    folder = await tempDir();
    await fs.writeFile(file(), original);
  });
  afterEach(() => folder.remove());

  const request = (keep: Salvage['keep']): Salvage => ({
    folder: folder.path,
    filename: 'a.mp4',
    sizeBytes: original.length,
    keep,
  });

  /** Everything of the original that is not in the file is in quarantine. */
  async function requireNothingLost(expected: Buffer, label: string): Promise<boolean> {
    const left = await fs.readFile(file());
    if (left.equals(original)) return false;
    expect(left.equals(expected), `${label}: the file is as it was or as it should be`).to.equal(true);
    const quarantine = path.join(folder.path, QUARANTINE);
    const names = (await fs.readdir(quarantine)).filter((name) => !name.startsWith('.'));
    const kept = await Promise.all(names.map((name) => fs.readFile(path.join(quarantine, name))));
    const cut = original.subarray(expected.length);
    expect(
      kept.some((bytes) => bytes.equals(original) || bytes.equals(cut)),
      `${label}: what was left out is in quarantine`,
    ).to.equal(true);
    return true;
  }

  for (const [name, { keep, expected }, hasLinks] of [
    ['the end is cut off', END, true],
    ['parts are joined', MIDDLE, true],
    ['parts are joined on a disk without hard links', MIDDLE, false],
  ] as const) {
    it(`leaves the old or the new file at each step, and goes on after the restart: ${name}`, async () => {
      const outcomes = new Set<boolean>();
      let steps = 0;
      for (const when of ['before', 'inside', 'after'] as const) {
        for (let at = 1; ; at += 1) {
          await fs.rm(folder.path, { recursive: true });
          await fs.mkdir(folder.path);
          await fs.writeFile(file(), original);
          const crash = new Crash(at, when, hasLinks);
          const outcome = await salvage(request(keep), crash.disk()).catch(String);
          if (!crash.isDown) break;
          steps = Math.max(steps, at);
          const label = `${when} step ${String(at)} (${String(outcome)})`;
          const isDone = await requireNothingLost(expected, label);
          outcomes.add(isDone);
          if (!isDone) await salvage(request(keep));
          expect(await requireNothingLost(expected, `${label}, again`)).to.equal(true);
        }
      }
      expect(steps, 'steps that were tried').to.be.at.least(8);
      expect([...outcomes].sort(), 'both outcomes were seen').to.deep.equal([false, true]);
    });
  }

  it('leaves a file alone that is written to meanwhile', async () => {
    const disk: SalvageDisk = {
      ...NODE_DISK,
      copy: async (from, to, ranges) => {
        await NODE_DISK.copy(from, to, ranges);
        await fs.appendFile(file(), 'more');
      },
    };
    for (const { keep } of [END, MIDDLE]) {
      await fs.writeFile(file(), original);
      expect(await salvage(request(keep), disk)).to.equal(false);
      expect((await fs.readFile(file())).length).to.equal(original.length + 4);
    }
  });

  it('replaces nothing that is in quarantine already', async () => {
    for (let round = 1; round <= 5; round += 1) {
      await fs.writeFile(file(), original);
      await salvage(request(END.keep));
      expect(await quarantinedIn(folder.path)).to.deep.equal({ files: round, sizeBytes: round * 1_000 });
    }
  });
});
