import type { IndexedFile } from '../files/file-note.js';
import type { Gap } from '../files/gap.js';

/** A period on the clock of the service, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A recording with what is in it. */
export interface ClipSource {
  readonly file: IndexedFile;
  /** When its last frame ends, in milliseconds since 1970. */
  readonly endsAt: number;
}

export interface ClipPart {
  readonly file: IndexedFile;
  /** What is taken of it. */
  readonly span: Span;
}

/** Files of one recording may seem to overlap by the time that a first frame takes to be seen. */
const JITTER_MS = 1_000;
/** Shorter holes are such jitter, too. */
const GAP_FLOOR_MS = 300;

/** Which parts of which recordings cover a period, in order. What is in two files is taken from the earlier one. */
export function planClip(sources: readonly ClipSource[], wanted: Span): readonly ClipPart[] {
  const parts: ClipPart[] = [];
  let done = wanted.from;
  for (const { file, endsAt } of sources.toSorted((a, b) => a.file.startedAt - b.file.startedAt)) {
    const isNext = file.startedAt > done - JITTER_MS;
    const span = {
      from: Math.max(wanted.from, isNext ? file.startedAt : done),
      to: Math.min(wanted.to, endsAt),
    };
    if (span.to <= span.from) continue;
    parts.push({ file, span });
    done = Math.max(done, span.to);
  }
  return parts;
}

/** What is missing in a clip: what its recordings say, and the holes between them. */
export function gapsOf(parts: readonly ClipPart[], wanted: Span): readonly Gap[] {
  const noted = parts.flatMap(({ file }) => file.note.gaps ?? []).flatMap((gap) => within(gap, wanted));
  const holes = holesOf(parts, wanted).filter(
    (hole) => !noted.some((gap) => gap.from < hole.to && gap.to > hole.from),
  );
  return [...noted, ...holes].sort((a, b) => a.from - b.from);
}

function holesOf(parts: readonly ClipPart[], wanted: Span): readonly Gap[] {
  const holes: Gap[] = [];
  let done = wanted.from;
  for (const { span } of [...parts, { span: { from: wanted.to, to: wanted.to } }]) {
    if (span.from - done >= GAP_FLOOR_MS) holes.push({ from: done, to: span.from, cause: 'not_recorded' });
    done = Math.max(done, span.to);
  }
  return holes;
}

function within({ from, to, cause }: Gap, wanted: Span): readonly Gap[] {
  const gap = { from: Math.max(from, wanted.from), to: Math.min(to, wanted.to), cause };
  return gap.to > gap.from ? [gap] : [];
}
