/** What decoders of telemetry hand over, as their port describes it. It is copied, so that a decoder cannot change it afterwards. */
import {
  TELEMETRY_LIMITS,
  type TelemetryChecksum,
  type TelemetryField,
  type TelemetryProblem,
  type TelemetryRecord,
  type TelemetryResult,
  type TelemetryValue,
} from '../../ports/index.js';
import { ShapeError, type Read } from './shapes.js';

const CHECKSUMS: readonly TelemetryChecksum[] = ['valid', 'invalid', 'absent'];
const CODE = /^[a-z0-9]+(?:_[a-z0-9]+)*$/;
const LONGEST_WORD = 4096;
/** What a value costs beside its text. */
const PER_VALUE = 2;

type Parts = Readonly<Record<string, unknown>>;

/** @throws ShapeError for something else, and for more than there may be. */
export const readTelemetry: Read<TelemetryResult> = (value) => new Reader().result(value);

/** Counts the characters of one result. */
class Reader {
  #left: number = TELEMETRY_LIMITS.characters;

  result(value: unknown): TelemetryResult {
    const { records, problems } = partsOf(value, 'it');
    return {
      records: this.#list(records, 'records', (each) => this.#record(each)),
      problems: this.#list(problems, 'problems', (each) => this.#problem(each)),
    };
  }

  #record(value: unknown): TelemetryRecord {
    const { standard, checksum, timestamp, fields, problems } = partsOf(value, 'a record');
    const state = CHECKSUMS.find((each) => each === checksum);
    if (state === undefined) throw new ShapeError(`the checksum of a record must be ${CHECKSUMS.join(', ')}`);
    if (timestamp !== undefined && !(isNumber(timestamp) && timestamp >= 0))
      throw new ShapeError('the timestamp of a record must be a number of milliseconds');
    return {
      standard: this.#word(standard, 'the standard of a record'),
      checksum: state,
      ...(timestamp === undefined ? {} : { timestamp }),
      fields: this.#list(fields, 'fields', (each) => this.#field(each)),
      problems: this.#list(problems, 'problems', (each) => this.#problem(each)),
    };
  }

  #field(value: unknown): TelemetryField {
    const { id, name, value: given, unit } = partsOf(value, 'a field');
    return {
      id: this.#word(id, 'the id of a field'),
      name: this.#word(name, 'the name of a field'),
      value: this.#value(given, TELEMETRY_LIMITS.depth),
      ...(unit === undefined ? {} : { unit: this.#word(unit, 'the unit of a field') }),
    };
  }

  #problem(value: unknown): TelemetryProblem {
    const { code, message, field } = partsOf(value, 'a problem');
    const word = this.#word(code, 'the code of a problem');
    if (!CODE.test(word)) throw new ShapeError('the code of a problem must be lower-case words');
    return {
      code: word,
      message: this.#word(message, 'the message of a problem'),
      ...(field === undefined ? {} : { field: this.#word(field, 'the field of a problem') }),
    };
  }

  #list<T>(
    value: unknown,
    what: 'records' | 'fields' | 'problems',
    read: (each: unknown) => T,
  ): readonly T[] {
    if (!Array.isArray(value)) throw new ShapeError(`${what} must be a list`);
    const most = TELEMETRY_LIMITS[what];
    if (value.length > most)
      throw new ShapeError(`${what} has ${String(value.length)} entries, more than ${String(most)}`);
    return value.map(read);
  }

  #word(value: unknown, what: string): string {
    if (typeof value !== 'string' || value === '' || value.length > LONGEST_WORD)
      throw new ShapeError(`${what} must be a string of 1 to ${String(LONGEST_WORD)} characters`);
    this.#take(value.length);
    return value;
  }

  #value(value: unknown, depth: number): TelemetryValue {
    this.#take(PER_VALUE);
    if (value === null || typeof value === 'boolean' || isNumber(value)) return value;
    if (typeof value === 'string') {
      this.#take(value.length);
      return value;
    }
    if (typeof value !== 'object') throw new ShapeError('the value of a field must be plain JSON data');
    if (depth === 0) throw new ShapeError('the value of a field is nested too deeply');
    if (Array.isArray(value)) return value.map((each: unknown) => this.#value(each, depth - 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, each]: [string, unknown]) => {
        this.#take(name.length);
        return [name, this.#value(each, depth - 1)];
      }),
    );
  }

  #take(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0)
      throw new ShapeError(`has more than ${String(TELEMETRY_LIMITS.characters)} characters`);
  }
}

function partsOf(value: unknown, what: string): Parts {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Parts;
  throw new ShapeError(`${what} must be an object`);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
