/** Which boxes of an MP4 file are whole (ISO/IEC 14496-12 §4.2), and which fragments are complete (§8.8). */
import type { IntegrityReport } from '../../../ports/media-tool.js';
import type { ByteWindow } from './byte-window.js';
import { FragmentSearch } from './find-fragment.js';
import { IntactParts } from './intact-parts.js';
import { boxAt, MAX_HEADER_BYTES, type FoundBox } from './found-box.js';
import { isFragmentHeader, isMovieHeader, usesFilePositions } from './mp4-fragments.js';

/** A complete fragment: where its header and its media data begin, and where it ends. */
interface Fragment {
  readonly first: number;
  readonly data: number;
  readonly end: number;
}

/** Walks over the boxes of a file from its beginning; behind damage, it goes on with the next complete fragment. */
export class Mp4Integrity {
  readonly #bytes: ByteWindow;
  readonly #parts = new IntactParts();
  readonly #search: FragmentSearch;
  #hasMovie = false;
  #isFragmented = false;
  /** A header whose media data comes next. */
  #header: FoundBox | undefined;
  #last: Fragment | undefined;
  #hasMedia = false;
  /** Up to here, fragments have been searched for: nothing is searched twice. */
  #searched = 0;

  constructor(bytes: ByteWindow) {
    this.#bytes = bytes;
    this.#search = new FragmentSearch(bytes);
  }

  async report(): Promise<IntegrityReport> {
    const { size } = this.#bytes;
    for (let at = 0; at < size && !this.#parts.isFull;) {
      const box = await boxAt(this.#bytes, at);
      const fault = 'fault' in box ? box.fault : await this.#faultOf(box);
      if (fault === undefined && !('fault' in box)) at = this.#take(box);
      else at = await this.#next(at, fault ?? '');
    }
    if (this.#header) this.#parts.problem(this.#header.at, 'the media data of the last fragment is missing');
    if (this.#parts.isFull) this.#parts.problem(size, 'there is more damage than can be examined');
    if (!this.#hasMovie) this.#parts.problem(0, 'there is no undamaged initialisation');
    else if (!this.#hasMedia) this.#parts.problem(0, 'there is no complete fragment');
    // A plain MP4 file has one table of all its frames, which says nothing of a part.
    const isPlayable = this.#hasMovie && this.#hasMedia && (this.#isFragmented || !this.#parts.isDamaged);
    return this.#parts.report(this.#isFragmented ? 'fmp4' : 'mp4', size, isPlayable);
  }

  async #faultOf(box: FoundBox): Promise<string | undefined> {
    if (this.#header && box.type !== 'mdat') return 'the media data of a fragment is missing';
    if (box.type === 'moov') return await this.#faultOfMovie(box);
    if (box.type === 'mdat' && this.#isFragmented && !this.#header)
      return 'media data without the header of its fragment';
    if (box.type !== 'moof') return undefined;
    if (!this.#hasMovie) return 'a fragment without the initialisation before it';
    const header = await this.#read(box);
    if (header === undefined || !isFragmentHeader(header)) return 'the header of a fragment is damaged';
    this.#isFragmented = true;
    const isMoved = this.#parts.isDamaged && usesFilePositions(header);
    return isMoved ? 'the fragments behind the damage refer to positions in the file' : undefined;
  }

  async #faultOfMovie(box: FoundBox): Promise<string | undefined> {
    const movie = await this.#read(box);
    if (movie === undefined || !isMovieHeader(movie)) return 'the initialisation is damaged';
    this.#hasMovie = true;
    this.#isFragmented ||= movie.includes('mvex', 0, 'latin1');
    return undefined;
  }

  async #read({ at, end }: FoundBox): Promise<Buffer | undefined> {
    return end - at > MAX_HEADER_BYTES ? undefined : await this.#bytes.at(at, end - at);
  }

  /** @returns where the next box begins. */
  #take(box: FoundBox): number {
    if (box.type === 'moof') this.#header = box;
    else {
      this.#parts.keep(this.#header?.at ?? box.at, box.end);
      if (box.type === 'mdat') this.#hasMedia = true;
      if (this.#header) this.#last = { first: this.#header.at, data: box.at, end: box.end };
      this.#header = undefined;
    }
    return box.end;
  }

  /** @returns where the next complete fragment begins, or the end of the file. */
  async #next(at: number, fault: string): Promise<number> {
    const { size } = this.#bytes;
    const damaged = this.#header?.at ?? at;
    this.#parts.problem(damaged, fault);
    const data = this.#last?.data ?? 0;
    const begin = this.#header ? damaged + 1 : data;
    this.#header = undefined;
    // Without the initialisation, or in a file without fragments, nothing behind the damage can be played.
    if (!this.#hasMovie || !this.#isFragmented) return size;
    const found = await this.#search.from(Math.max(begin, this.#searched));
    this.#searched = found === undefined ? size : found + 1;
    if (found !== undefined) this.#dropOverlapped(found);
    return found ?? size;
  }

  /** Bytes are missing in a fragment if the next one begins inside it. */
  #dropOverlapped(found: number): void {
    if (!this.#last || found >= this.#last.end) return;
    this.#parts.problem(this.#last.first, 'bytes of a fragment are missing');
    this.#parts.dropFrom(this.#last.first);
    this.#last = undefined;
  }
}
