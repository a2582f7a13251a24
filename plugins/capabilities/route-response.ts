/** What a handler of a route answers with, looked at before anything of it is sent. */
import { isStream } from '../../core/rpc/route-run.js';
import type { RouteResponse } from '../../core/rpc/route-table.js';
import { isObject } from '../host/schema-fault.js';
import { ShapeError } from '../guard/shapes.js';

const LONGEST_BODY = 4 * 1024 * 1024;
const LONGEST_CHUNK = 1024 * 1024;
const MOST_HEADERS = 30;
const LONGEST_HEADERS = 8 * 1024;
/** No control characters, and nothing that a header cannot have (RFC 9110 §5.5). */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
/** What says something about the answer alone. The rest is about the connection, the listener, or other pages of this origin. */
const ALLOWED: readonly string[] = [
  ...['content-type', 'content-disposition', 'content-language', 'content-security-policy', 'cache-control'],
  ...['etag', 'expires', 'last-modified', 'link', 'location', 'retry-after'],
];
const WITHOUT_BODY: readonly number[] = [204, 205, 304];
/** A page of a plugin has the origin of the API: unless its plugin says more, it loads and runs nothing. */
const DEFAULTS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cache-control': 'no-store',
};

/** @throws ShapeError. */
export function readResponse(given: unknown, plugin: string): RouteResponse {
  if (!isObject(given)) throw new ShapeError('is no response; a handler returns { status, headers, body }');
  const { status: wanted, headers, body } = given;
  if (!isBody(body)) throw new ShapeError('body must be text, bytes or an async iterable of bytes');
  const status = wanted ?? (body === undefined ? 204 : 200);
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599)
    throw new ShapeError('status must be a whole number from 200 to 599');
  const hasBody = body !== undefined && !WITHOUT_BODY.includes(status);
  const typed = hasBody
    ? { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/octet-stream' }
    : {};
  const all = { ...DEFAULTS, ...typed, ...readHeaders(headers ?? {}, plugin) };
  return hasBody ? { status, headers: all, body } : { status, headers: all };
}

/** @returns what is wrong with a chunk of a stream. */
export function chunkFault(chunk: unknown): string | undefined {
  if (!(chunk instanceof Uint8Array)) return 'sent something that is no Uint8Array';
  return chunk.length <= LONGEST_CHUNK ? undefined : `sent more than ${String(LONGEST_CHUNK)} bytes at once`;
}

function isBody(body: unknown): body is RouteResponse['body'] {
  if (body === undefined) return true;
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const size = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    if (size > LONGEST_BODY)
      throw new ShapeError(`body is longer than ${String(LONGEST_BODY)} bytes; send a stream`);
    return true;
  }
  return typeof body === 'object' && body !== null && isStream(body as RouteResponse['body']);
}

function readHeaders(given: unknown, plugin: string): Readonly<Record<string, string>> {
  if (!isObject(given)) throw new ShapeError('headers must be an object of texts');
  const read = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  if (read.length > MOST_HEADERS) throw new ShapeError(`has more than ${String(MOST_HEADERS)} headers`);
  let size = 0;
  for (const [name, value] of read) {
    const isOwn = name.startsWith(`x-plugin-${plugin}-`) && /^[a-z0-9-]{1,80}$/.test(name);
    if (!isOwn && !ALLOWED.includes(name))
      throw new ShapeError(`the header "${name}" is not one that plugins can set`);
    if (typeof value !== 'string' || !VALUE.test(value))
      throw new ShapeError(`the header "${name}" is no plain text`);
    size += name.length + value.length;
  }
  if (size > LONGEST_HEADERS)
    throw new ShapeError(`headers are longer than ${String(LONGEST_HEADERS)} characters`);
  return Object.fromEntries(read) as Readonly<Record<string, string>>;
}
