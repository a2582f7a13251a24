/** Patterns of paths such as `/devices/{device}`: a part in braces stands for one segment. */

const LONGEST = 200;
const MOST_SEGMENTS = 10;
const LITERAL = /^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$/;
const PARAM = /^\{([a-z][a-z0-9]*(?:_[a-z0-9]+)*)\}$/;
const LONGEST_VALUE = 200;
/** What no part of a path may contain: it is still encoded, means another folder elsewhere, or is no text. */
const UNSAFE = /[\p{Cc}\\]|%[\da-f]{2}/iu;

export interface RoutePattern {
  /** Patterns with the same shape match the same paths. */
  readonly shape: string;
  readonly params: readonly string[];
  /** @returns the parameters; `undefined` for a path that does not match. */
  match(path: string): Readonly<Record<string, string>> | undefined;
}

/** What keeps a text from being a pattern. */
export function patternFault(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string' || !pattern.startsWith('/') || pattern.length > LONGEST)
    return `must be a path of up to ${String(LONGEST)} characters that begins with "/"`;
  const segments = segmentsOf(pattern);
  if (segments.length > MOST_SEGMENTS) return `can have ${String(MOST_SEGMENTS)} segments at most`;
  const odd = segments.find((segment) => !LITERAL.test(segment) && !PARAM.test(segment));
  if (odd !== undefined)
    return `"${odd}" must be letters, digits and ._~- without a dot in front, or a {parameter} in lower case`;
  const params = segments.flatMap((segment) => PARAM.exec(segment)?.[1] ?? []);
  return new Set(params).size === params.length ? undefined : 'has a parameter twice';
}

/** @param pattern without a fault. */
export function routePattern(pattern: string): RoutePattern {
  const parts = segmentsOf(pattern).map((text) => ({ text, param: PARAM.exec(text)?.[1] }));
  return {
    // Where both match, the one with the earlier literal comes first in the order of these texts.
    shape: parts.map(({ text, param }) => (param === undefined ? text : '{}')).join('/'),
    params: parts.flatMap(({ param }) => param ?? []),
    match: (path) => {
      const given = segmentsOf(path);
      if (given.length !== parts.length) return undefined;
      const values: Record<string, string> = {};
      for (const [index, { text, param }] of parts.entries()) {
        const value = given[index] ?? '';
        if (param === undefined ? value !== text : !isValue(value)) return undefined;
        if (param !== undefined) values[param] = value;
      }
      return values;
    },
  };
}

function isValue(value: string): boolean {
  return value !== '' && value.length <= LONGEST_VALUE && value !== '.' && value !== '..' && isSafe(value);
}

/** Whether a path that was decoded once means what it says. */
export function isSafe(path: string): boolean {
  return !UNSAFE.test(path);
}

function segmentsOf(path: string): readonly string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}
