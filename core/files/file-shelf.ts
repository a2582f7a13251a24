import { parseFileName } from './file-names.js';
import type { IndexedFile } from './file-note.js';

/** The files of one kind in memory, in the order in which they begin. */
export class FileShelf {
  readonly #files = new Map<string, IndexedFile>();
  /** Sorted unless `#isSorted` is false; holds the same files as the map. */
  #ordered: IndexedFile[] = [];
  #isSorted = true;
  /** The names of the files of each recording that is followed. */
  readonly #followed = new Map<string, Set<string>>();

  get size(): number {
    return this.#files.size;
  }

  get(filename: string): IndexedFile | undefined {
    return this.#files.get(filename);
  }

  names(): Iterable<string> {
    return this.#files.keys();
  }

  values(): Iterable<IndexedFile> {
    return this.#files.values();
  }

  /** All files, those that begin first before the others. The array must not be changed, and holds until the next change. */
  ordered(): readonly IndexedFile[] {
    if (!this.#isSorted) this.#ordered = [...this.#files.values()].sort(compareFiles);
    this.#isSorted = true;
    return this.#ordered;
  }

  put(file: IndexedFile): void {
    const before = this.#files.get(file.filename);
    this.#files.set(file.filename, file);
    this.#follow(file.filename);
    if (!this.#isSorted) return;
    if (before?.startedAt === file.startedAt) this.#ordered[this.#placeOf(file)] = file;
    else if (before === undefined && this.#isLast(file)) this.#ordered.push(file);
    else this.#isSorted = false;
  }

  drop(filename: string): void {
    const file = this.#files.get(filename);
    if (!file || !this.#files.delete(filename)) return;
    for (const names of this.#followed.values()) names.delete(filename);
    if (this.#isSorted) this.#ordered.splice(this.#placeOf(file), 1);
  }

  /** The files whose names carry this mark of a recording. They are kept apart from the first call on, until `unfollow`. */
  own(camera: string, mark: string): readonly IndexedFile[] {
    const key = `${camera}/${mark}`;
    let names = this.#followed.get(key);
    if (!names) {
      names = new Set([...this.#files.keys()].filter((name) => markKey(name, mark) === key));
      this.#followed.set(key, names);
    }
    return [...names].flatMap((name) => this.#files.get(name) ?? []);
  }

  unfollow(camera: string, mark: string): void {
    this.#followed.delete(`${camera}/${mark}`);
  }

  #follow(filename: string): void {
    if (this.#followed.size === 0) return;
    const { camera, mark } = parseFileName(filename) ?? {};
    if (camera !== undefined && mark !== undefined) this.#followed.get(`${camera}/${mark}`)?.add(filename);
  }

  #isLast(file: IndexedFile): boolean {
    const last = this.#ordered.at(-1);
    return last === undefined || compareFiles(last, file) < 0;
  }

  /** Where a file is that is known. */
  #placeOf(file: IndexedFile): number {
    let [low, high] = [0, this.#ordered.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareFiles(this.#ordered[middle] as IndexedFile, file) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Most names do not even contain the mark, which is far cheaper to see than what they say. */
function markKey(filename: string, mark: string): string | undefined {
  if (!filename.includes(mark)) return undefined;
  const name = parseFileName(filename);
  return name?.mark === undefined ? undefined : `${name.camera}/${name.mark}`;
}

export function compareFiles(a: IndexedFile, b: IndexedFile): number {
  return a.startedAt - b.startedAt || (a.filename < b.filename ? -1 : Number(a.filename > b.filename));
}
