/** JSON answers and JSON errors over HTTP: `{"error": {"code", "message", "data"?}}`, the same everywhere. */
import type { HttpResponse } from '../../ports/http-listener.js';
import { HTTP_STATUS, httpStatusOf, type HttpErrorCode } from '../../ports/http-status.js';
import type { RpcFailure } from '../../ports/transport.js';

const JSON_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
} as const;

export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body: `${JSON.stringify(value)}\n` };
}

/** @param error its code tells the status. */
export function errorResponse(
  error: { readonly code: HttpErrorCode; readonly message: string },
  headers?: Readonly<Record<string, string>>,
): HttpResponse {
  return jsonResponse(HTTP_STATUS[error.code], { error }, headers);
}

export function invalidRequest(message: string, headers?: Readonly<Record<string, string>>): HttpResponse {
  return errorResponse({ code: 'INVALID_REQUEST', message }, headers);
}

export function methodNotAllowed(allow: readonly string[]): HttpResponse {
  const allowed = allow.join(', ');
  return errorResponse({ code: 'METHOD_NOT_ALLOWED', message: `use ${allowed}` }, { allow: allowed });
}

/** A failure of the service as an HTTP answer, with the headers its status asks for. */
export function failureResponse(failure: RpcFailure): HttpResponse {
  const status = httpStatusOf(failure.data.code);
  const error = { code: failure.data.code, message: failure.message, data: failure.data };
  return jsonResponse(status, { error }, failureHeaders(status, failure));
}

function failureHeaders(status: number, failure: RpcFailure): Record<string, string> {
  if (status === HTTP_STATUS.AUTH_REQUIRED) return { 'www-authenticate': challenge(failure.data.code) };
  const waitMs = failure.data['retry_after_ms'];
  if (typeof waitMs !== 'number' || !Number.isFinite(waitMs)) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) };
}

function challenge(code: string): string {
  const realm = 'Bearer realm="camera-service"';
  return code === 'AUTH_REQUIRED' ? realm : `${realm}, error="invalid_token"`;
}
