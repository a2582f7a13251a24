/** Conditional and partial requests by RFC 9110 §13 and §14: plain data in, a decision out. */
import type { ByteRange } from '../../../ports/file-store.js';

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

/** The order of the checks is that of RFC 9110 §13.2.2. */
export function decide(method: string, headers: Headers, file: Selection): Decision {
  if (isPreconditionFailed(headers, file)) return { kind: 'precondition-failed' };
  if (isNotModified(headers, file)) return { kind: 'not-modified' };
  if (method !== 'GET' || headers['range'] === undefined) return { kind: 'whole' };
  return isRangeCurrent(headers['if-range'], file)
    ? decideRange(headers['range'], file.sizeBytes)
    : { kind: 'whole' };
}

function isPreconditionFailed(headers: Headers, file: Selection): boolean {
  const match = headers['if-match'];
  if (match !== undefined) return match.trim() !== '*' && !tags(match).includes(file.etag);
  const since = dateOf(headers['if-unmodified-since']);
  return since !== undefined && wholeSeconds(file.modifiedAt) > since;
}

function isNotModified(headers: Headers, file: Selection): boolean {
  const none = headers['if-none-match'];
  // Weak comparison: W/"x" and "x" are the same for this header.
  if (none !== undefined) {
    return none.trim() === '*' || tags(none).some((tag) => tag.replace(/^W\//, '') === file.etag);
  }
  const since = dateOf(headers['if-modified-since']);
  return since !== undefined && wholeSeconds(file.modifiedAt) <= since;
}

function isRangeCurrent(condition: string | undefined, file: Selection): boolean {
  if (condition === undefined) return true;
  const wanted = condition.trim();
  if (wanted.startsWith('"')) return wanted === file.etag;
  const date = wanted.startsWith('W/') ? undefined : dateOf(wanted);
  return date !== undefined && date === wholeSeconds(file.modifiedAt);
}

/** Several ranges, other units and malformed ones get the whole file, as §14.2 allows. */
function decideRange(header: string, sizeBytes: number): Decision {
  const [, firstText = '', lastText = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header.trim()) ?? [];
  if (firstText === '' && lastText === '') return { kind: 'whole' };
  if (firstText === '') {
    const length = Math.min(Number(lastText), sizeBytes);
    if (length === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', range: { first: sizeBytes - length, last: sizeBytes - 1 } };
  }
  const first = Number(firstText);
  const last = lastText === '' ? sizeBytes - 1 : Number(lastText);
  if (lastText !== '' && last < first) return { kind: 'whole' };
  if (first >= sizeBytes) return { kind: 'unsatisfiable' };
  return { kind: 'part', range: { first, last: Math.min(last, sizeBytes - 1) } };
}

function tags(list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

function dateOf(text: string | undefined): number | undefined {
  const date = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? undefined : date;
}

/** HTTP dates have no milliseconds. */
function wholeSeconds(timestamp: number): number {
  return Math.floor(timestamp / 1000) * 1000;
}
