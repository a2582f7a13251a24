/** Conditional and partial requests by RFC 9110 §13 and §14: plain data in, a decision out. */
import fresh from 'fresh';
import parseRange from 'range-parser';
import type { ByteRange } from '../../../ports/file-store.js';
import { httpDate, wholeSeconds } from './http-date.js';

export interface Selection {
  readonly etag: string;
  readonly modifiedAt: number;
  readonly sizeBytes: number;
}

export type Decision =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'precondition-failed' }
  | { readonly kind: 'unsatisfiable' };

type Headers = Readonly<Record<string, string | undefined>>;

const WHOLE: Decision = { kind: 'whole' };
const UNSATISFIABLE: Decision = { kind: 'unsatisfiable' };
/** The library's word for a header that it cannot read. */
const MALFORMED = -2;

/** The order of the checks is that of RFC 9110 §13.2.2. */
export function decide(method: string, headers: Headers, file: Selection): Decision {
  if (isPreconditionFailed(headers, file)) return { kind: 'precondition-failed' };
  if (isNotModified(headers, file)) return { kind: 'not-modified' };
  if (method !== 'GET' || headers['range'] === undefined) return WHOLE;
  return isRangeCurrent(headers['if-range'], file) ? decideRange(headers['range'], file.sizeBytes) : WHOLE;
}

function isPreconditionFailed(headers: Headers, file: Selection): boolean {
  const match = headers['if-match'];
  if (match !== undefined) return match.trim() !== '*' && !tags(match).includes(file.etag);
  const since = httpDate(headers['if-unmodified-since']);
  return since !== undefined && wholeSeconds(file.modifiedAt) > since;
}

function isNotModified(headers: Headers, { etag, modifiedAt }: Selection): boolean {
  const since = httpDate(headers['if-modified-since']);
  const conditions = {
    'if-none-match': headers['if-none-match']?.trim(),
    // The library takes for a date whatever JavaScript does; what is no HTTP date counts as absent.
    'if-modified-since': since === undefined ? undefined : new Date(since).toUTCString(),
    'cache-control': headers['cache-control'],
  };
  return fresh(conditions, { etag, 'last-modified': new Date(modifiedAt).toUTCString() });
}

function isRangeCurrent(condition: string | undefined, file: Selection): boolean {
  if (condition === undefined) return true;
  // Strong comparison: a weak tag says nothing about bytes (RFC 9110 §13.1.5).
  return condition.trim() === file.etag || httpDate(condition) === wholeSeconds(file.modifiedAt);
}

/** Several ranges, other units and malformed ones get the whole file, as RFC 9110 §14.2 allows. */
function decideRange(header: string, sizeBytes: number): Decision {
  const ranges = parseRange(sizeBytes, header);
  if (ranges === MALFORMED || !/^bytes=[^,]*$/i.test(header)) return WHOLE;
  const range = typeof ranges === 'number' ? undefined : ranges[0];
  if (range === undefined) return decideEmpty(header, sizeBytes);
  return { kind: 'part', range: { first: range.start, last: range.end } };
}

/** The library has one word for three things: a suffix longer than the file, a range that ends before it begins, and one beyond the end. */
function decideEmpty(header: string, sizeBytes: number): Decision {
  const [first = '', last = ''] = header
    .slice(header.indexOf('=') + 1)
    .split('-')
    .map((part) => part.trim());
  if (first === '') {
    const isLonger = Number(last) > 0 && sizeBytes > 0;
    return isLonger ? { kind: 'part', range: { first: 0, last: sizeBytes - 1 } } : UNSATISFIABLE;
  }
  return last !== '' && Number(last) < Number(first) ? WHOLE : UNSATISFIABLE;
}

function tags(list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? [];
}
