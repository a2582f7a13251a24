/** The kinds of values that settings can have: what they admit, and how they are written as text. */
export interface Kind {
  /** For people: the kind and the range. */
  readonly allowed: string;
  admits(value: unknown): boolean;
  /** Reads the value of an environment variable or of the command line. @returns `undefined` when it cannot be one. */
  parse(text: string): unknown;
}

const isInteger = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
const integer = (text: string): number | undefined =>
  /^-?\d+$/.test(text.trim()) ? Number(text) : undefined;
const isTextList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isObjectList = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));

const TEXT: Kind = { allowed: 'text', admits: (value) => typeof value === 'string', parse: (text) => text };
const NUMBER: Kind = {
  allowed: 'a number',
  admits: (value) => typeof value === 'number' && Number.isFinite(value),
  parse: (text) => (text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined),
};
const FLAG: Kind = {
  allowed: 'true or false',
  admits: (value) => typeof value === 'boolean',
  parse: (text) =>
    ({ true: true, yes: true, '1': true, false: false, no: false, '0': false })[text.toLowerCase()],
};
const NATURAL: Kind = {
  allowed: 'a whole number, 0 or more',
  admits: (value) => isInteger(value, 0, Number.MAX_SAFE_INTEGER),
  parse: integer,
};
const INTEGER: Kind = {
  allowed: 'a whole number',
  admits: (value) => isInteger(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  parse: integer,
};
const PORT: Kind = {
  allowed: 'a port from 0 to 65535',
  admits: (value) => isInteger(value, 0, 65_535),
  parse: integer,
};
const TEXTS: Kind = {
  allowed: 'a list of texts (as text: separated by commas)',
  admits: isTextList,
  parse: (text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
};
const OBJECTS: Kind = {
  allowed: 'a list of objects (as text: JSON)',
  admits: isObjectList,
  parse: parseJson,
};

const BY_NAME: Readonly<Record<string, Kind>> = { nat: NATURAL, int: INTEGER, port: PORT, list: OBJECTS };

/** @param format as a schema has it: a constructor, a name of a kind, or the list of allowed values. */
export function kindOf(format: unknown): Kind {
  if (Array.isArray(format)) return choice(format);
  if (format === String) return TEXT;
  if (format === Number) return NUMBER;
  if (format === Boolean) return FLAG;
  if (format === Array) return TEXTS;
  const kind = typeof format === 'string' ? BY_NAME[format] : undefined;
  if (!kind) throw new TypeError(`no kind of value is called ${String(format)}`);
  return kind;
}

function choice(values: readonly unknown[]): Kind {
  return {
    allowed: `one of ${values.map(String).join(', ')}`,
    admits: (value) => values.includes(value),
    parse: (text) => values.find((value) => String(value) === text),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
