import type { IntegrityReport } from '../../../ports/media-tool.js';

const MAX_PROBLEMS = 100;
/** More parts are in no recording that is worth keeping; memory stays bounded. */
const MAX_PARTS = 10_000;

/** Collects what is intact of a file, and what is wrong with it. */
export class IntactParts {
  readonly #parts: { first: number; end: number }[] = [];
  readonly #problems: { readonly at: number; readonly reason: string }[] = [];

  /** There are so many parts that no more are looked for. */
  get isFull(): boolean {
    return this.#parts.length >= MAX_PARTS;
  }

  get isDamaged(): boolean {
    return this.#problems.length > 0;
  }

  /** @param end the position behind the last byte. */
  keep(first: number, end: number): void {
    const last = this.#parts.at(-1);
    if (last?.end === first) last.end = end;
    else if (end > first) this.#parts.push({ first, end });
  }

  /** Takes back everything from this position on. */
  dropFrom(position: number): void {
    for (let last = this.#parts.at(-1); last && last.end > position; last = this.#parts.at(-1)) {
      if (last.first < position) last.end = position;
      else this.#parts.pop();
    }
  }

  problem(at: number, reason: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ at, reason });
  }

  /** @param isPlayable whether there is anything to play in these parts. */
  report(format: IntegrityReport['format'], sizeBytes: number, isPlayable: boolean): IntegrityReport {
    const intact = isPlayable ? this.#parts.map(({ first, end }) => ({ first, last: end - 1 })) : [];
    return { format, sizeBytes, complete: !this.isDamaged, intact, problems: this.#problems };
  }
}
