/** The items of a local set, one after another: tag, length, value (SMPTE ST 336). */
import { TELEMETRY_LIMITS, type TelemetryField } from '../../../ports/telemetry-decoder.js';
import { Cursor, Malformed } from './cursor.js';
import type { Item, SetName } from './format.js';
import { type Problems } from './problems.js';
import { SETS } from './tables.js';
import { hexOf, valueOf } from './values.js';

/** What a packet may come to, so that a small one of many tiny items cannot become large data. */
export interface Budget {
  /** Fields of all messages of the packet. */
  fields: number;
  /** Bytes of structured values. */
  packBytes: number;
}

export interface SetReader {
  readonly fields: TelemetryField[];
  readonly problems: Problems;
  readonly budget: Budget;
}

/** An item as it stands in the set. */
export interface Placed {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

interface Place {
  readonly of: SetName;
  /** `48.` for the items of the set in item 48. */
  readonly prefix: string;
  /** How many sets may be in one another. */
  readonly depth: number;
}

const DEEPEST = 3;

/** Decodes all items to fields. @returns those of the outermost set. Never throws: a set that ends early is a problem. */
export function readSet(bytes: Uint8Array, reader: SetReader): readonly Placed[] {
  return new Walk(reader).set(bytes, { of: 'MISB ST 0601', prefix: '', depth: DEEPEST });
}

class Walk {
  readonly #reader: SetReader;

  constructor(reader: SetReader) {
    this.#reader = reader;
  }

  set(bytes: Uint8Array, place: Place): readonly Placed[] {
    const cursor = new Cursor(bytes);
    const placed: Placed[] = [];
    const seen = new Set<number>();
    while (cursor.left > 0) {
      if (this.#isFull()) break;
      const next = this.#next(cursor, place);
      if (next === undefined) break;
      placed.push(next);
      this.#item(next, place, seen.has(next.tag));
      seen.add(next.tag);
    }
    return placed;
  }

  #next(cursor: Cursor, { prefix }: Place): Placed | undefined {
    try {
      const tag = cursor.oid();
      return { tag, bytes: cursor.field().rest() };
    } catch (cause) {
      if (!(cause instanceof Malformed)) throw cause;
      const where = prefix === '' ? 'the message' : `the set in item ${prefix.slice(0, -1)}`;
      this.#reader.problems.add('truncated', `${where} ${cause.message}`);
      return undefined;
    }
  }

  #isFull(): boolean {
    const { fields, problems, budget } = this.#reader;
    if (fields.length < TELEMETRY_LIMITS.fields && budget.fields > 0) return false;
    problems.add('too_many', 'there are too many items; the rest is left out');
    return true;
  }

  #item({ tag, bytes }: Placed, place: Place, isAgain: boolean): void {
    const item = SETS[place.of].get(tag);
    const id = `${place.prefix}${String(tag)}`;
    if (item === undefined) {
      this.#field({ id, name: `Item ${id}`, value: hexOf(bytes) });
      return;
    }
    const { problems } = this.#reader;
    if (isAgain && item.repeats !== true) problems.add('repeated_item', `${item.name} occurs again`, id);
    if (item.format.kind === 'set' && place.depth > 0 && bytes.length > 0)
      this.set(bytes, { of: item.format.of, prefix: `${id}.`, depth: place.depth - 1 });
    else this.#value(item, id, bytes);
  }

  #value(item: Item, id: string, bytes: Uint8Array): void {
    const { name, unit } = item;
    const format = this.#affordable(item, bytes);
    // Nothing is told by no bytes.
    const { value, remark, isRaw } = bytes.length === 0 ? { value: null } : valueOf(format, bytes);
    const isPlain = isRaw === true || format.kind === 'raw' || unit === undefined;
    this.#field({ id, name, value, ...(isPlain ? {} : { unit }) });
    if (remark !== undefined) this.#reader.problems.add(remark.code, `${name} ${remark.what}`, id);
  }

  /** A set that is nested too deeply stays as it is, and so does a structured value when there have been too many. */
  #affordable({ name, format }: Item, bytes: Uint8Array): Parameters<typeof valueOf>[0] {
    if (format.kind === 'set') return { kind: 'raw' };
    if (format.kind !== 'pack') return format;
    const { budget, problems } = this.#reader;
    budget.packBytes -= bytes.length;
    if (budget.packBytes >= 0) return format;
    problems.add('oversized', `${name} is not decoded: the packet has too many structured values`);
    return { kind: 'raw' };
  }

  #field(field: TelemetryField): void {
    this.#reader.fields.push(field);
    this.#reader.budget.fields -= 1;
  }
}
