/** Files as HTTP responses, with conditions and ranges by RFC 9110 §13 and §14. */
import type { HttpRequest, HttpResponse } from '../../../ports/http-listener.js';
import type { RoutedFile } from '../../../ports/route-endpoint.js';
import { errorResponse } from '../../_shared/web-error.js';
import { decide, type Decision } from './ranges.js';

type Headers = Readonly<Record<string, string>>;

/** @param headers further headers of the file: `cache-control` also of a response without it. */
export function fileResponse(
  { method, headers: asked }: HttpRequest,
  file: RoutedFile,
  headers: Headers,
): HttpResponse {
  const decision = decide(method, asked, file);
  const validators = {
    etag: file.etag,
    'last-modified': new Date(file.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
  };
  const { 'cache-control': caching, ...others } = headers;
  const cached = { ...validators, ...(caching === undefined ? {} : { 'cache-control': caching }) };
  switch (decision.kind) {
    case 'not-modified':
      return { status: 304, headers: cached };
    case 'precondition-failed':
      return errorResponse({ code: 'PRECONDITION_FAILED', message: 'the file has changed' });
    case 'unsatisfiable':
      return errorResponse(
        { code: 'RANGE_NOT_SATISFIABLE', message: `the file has ${String(file.sizeBytes)} bytes` },
        { 'content-range': `bytes */${String(file.sizeBytes)}` },
      );
    case 'part':
    case 'whole':
      return bytesResponse(file, decision, { ...cached, ...others });
  }
}

function bytesResponse(
  file: RoutedFile,
  decision: Extract<Decision, { kind: 'part' | 'whole' }>,
  given: Headers,
): HttpResponse {
  const size = file.sizeBytes;
  // A whole file is asked for as a range too: a recording that grows must not outgrow its Content-Length.
  const range = decision.kind === 'part' ? decision.range : { first: 0, last: size - 1 };
  const headers = {
    ...given,
    'content-type': file.contentType,
    'content-length': String(range.last - range.first + 1),
    ...(decision.kind === 'part'
      ? { 'content-range': `bytes ${String(range.first)}-${String(range.last)}/${String(size)}` }
      : {}),
  };
  const status = decision.kind === 'part' ? 206 : 200;
  return size === 0 ? { status, headers } : { status, headers, body: file.read(range) };
}
