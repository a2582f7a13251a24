import { ShapeError } from '../guard/shapes.js';

const DEEPEST = 16;
/** What a value costs beside its text. */
const PER_VALUE = 2;

/**
 * A copy of what is plain JSON, so that nothing which plugins keep or compute later gets in. Ends as soon as it is too much.
 * @param limit in characters, roughly as JSON has them. @throws ShapeError saying what is wrong.
 */
export function plainCopy(value: unknown, limit: number): unknown {
  let left = limit;
  const take = (characters: number): void => {
    left -= characters;
    if (left < 0) throw new ShapeError(`is longer than ${String(limit)} characters`);
  };
  const copy = (part: unknown, depth: number): unknown => {
    take(PER_VALUE);
    if (part === null || typeof part === 'boolean') return part;
    if (typeof part === 'string') {
      take(part.length);
      return part;
    }
    if (typeof part === 'number' && Number.isFinite(part)) return part;
    if (typeof part !== 'object') throw new ShapeError('contains something that JSON does not have');
    if (depth === 0) throw new ShapeError('is nested too deeply');
    if (Array.isArray(part)) {
      take(part.length * PER_VALUE);
      return part.map((each: unknown) => copy(each, depth - 1));
    }
    const fields = Object.entries(part).filter(([, each]) => each !== undefined);
    return Object.fromEntries(
      fields.map(([name, each]: [string, unknown]) => {
        take(name.length);
        return [name, copy(each, depth - 1)];
      }),
    );
  };
  return copy(value, DEEPEST);
}
