/** Makes fields fit for a log: secrets replaced, depth, width and length bounded, cycles cut, errors readable. */

const REDACTED = '[redacted]';
const SECRET_KEY = /(?:token|password|passphrase|secret|authorization|api[_-]?key|credentials?|cookies?)$/i;
/** From the `://` on: an expression that looked for the scheme before it would begin anew at each of its letters. */
const URL_LOGIN = /:\/\/[^\s/"'<>]*@/g;
const QUERY_SECRET = /([?&](?:[a-z_]*token|nonce|ticket|api_?key|password|secret)=)[^&#\s"'<>]*/gi;
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/-]{8,}=*/gi;
/** Whatever a token could be part of; `withoutTokens` looks for it inside. */
const TOKEN_TEXT = /[\w.-]+/g;
const TOKEN_START = 'eyJ';
const LEAST_TOKEN_PART = 11;
const MAX_DEPTH = 6;
const MAX_ENTRIES = 100;
const MAX_VALUES = 1000;
const MAX_TEXT = 8192;

/** What is left to spend on one line, and the objects that contain the value under way. */
interface Walk {
  readonly above: object[];
  values: number;
  characters: number;
}

/** Safe plain data in place of `fields`; never throws, whatever a getter or a proxy does. */
export function safeFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return safeEntries(fields, { above: [fields], values: MAX_VALUES, characters: 4 * MAX_TEXT });
  } catch {
    return { fields: '[unreadable]' };
  }
}

/** `text` without credentials, cut when it is very long. */
export function safeText(text: string, longest = MAX_TEXT): string {
  let out = text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text;
  out = withoutLogins(out);
  if (out.includes('=')) out = out.replace(QUERY_SECRET, `$1${REDACTED}`);
  if (out.includes(' ')) out = out.replace(BEARER, `$1 ${REDACTED}`);
  if (out.includes(TOKEN_START)) out = out.replace(TOKEN_TEXT, withoutTokens);
  return out;
}

/** `text` without what stands between `://` and `@` in its URLs. */
export function withoutLogins(text: string, instead = REDACTED): string {
  return text.includes('://') && text.includes('@') ? text.replace(URL_LOGIN, `://${instead}@`) : text;
}

/** A JSON Web Token has three parts or five with dots between them; the first begins as base64 of a JSON object does. */
function withoutTokens(text: string): string {
  const parts = text.split('.');
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const start = part.indexOf(TOKEN_START);
    const isLong = start >= 0 && part.length - start >= LEAST_TOKEN_PART;
    if (isLong && index + 2 < parts.length && parts[index + 1] !== '')
      return text.slice(0, from + start) + REDACTED;
    from += part.length + 1;
  }
  return text;
}

function safeEntries(value: object, walk: Walk): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const keys = Object.keys(value);
  for (const key of keys.slice(0, MAX_ENTRIES)) {
    const entry = (value as Record<string, unknown>)[key];
    out[key] = typeof entry !== 'number' && SECRET_KEY.test(key) ? REDACTED : safeValue(entry, walk);
  }
  if (keys.length > MAX_ENTRIES) out['…'] = `${keys.length - MAX_ENTRIES} more`;
  return out;
}

function safeValue(value: unknown, walk: Walk): unknown {
  if (typeof value === 'string') return spendText(value, walk);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  if (walk.above.includes(value)) return '[cycle]';
  if (walk.above.length > MAX_DEPTH || --walk.values < 0) return '[more]';
  walk.above.push(value);
  try {
    return safeObject(value, walk);
  } finally {
    walk.above.pop();
  }
}

function spendText(text: string, walk: Walk): string {
  if (walk.characters <= 0) return '[more]';
  const safe = safeText(text, Math.min(MAX_TEXT, walk.characters));
  walk.characters -= safe.length;
  return safe;
}

function safeObject(value: object, walk: Walk): unknown {
  if (value instanceof Error) return safeError(value, walk);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString();
  if (value instanceof URL) return spendText(value.href, walk);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return `[${value.constructor.name} of ${value.size}]`;
  if (!Array.isArray(value)) return safeEntries(value, walk);
  const out = value.slice(0, MAX_ENTRIES).map((entry) => safeValue(entry, walk));
  if (value.length > MAX_ENTRIES) out.push(`… ${value.length - MAX_ENTRIES} more`);
  return out;
}

function safeError(error: Error, walk: Walk): Record<string, unknown> {
  const { code, detail } = error as { code?: unknown; detail?: unknown };
  const out: Record<string, unknown> = { name: error.name, message: spendText(error.message, walk) };
  if (code !== undefined) out['code'] = safeValue(code, walk);
  if (detail !== undefined) out['detail'] = safeValue(detail, walk);
  // An error without a code is a surprise: its place in the program is worth the space.
  if (code === undefined && error.stack !== undefined)
    out['stack'] = spendText(error.stack.slice(0, 2000), walk);
  if (error.cause !== undefined) out['cause'] = safeValue(error.cause, walk);
  if (error instanceof AggregateError) out['errors'] = safeValue(error.errors, walk);
  return out;
}
