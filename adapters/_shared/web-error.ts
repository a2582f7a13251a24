/** JSON answers and JSON errors over HTTP: `{"error": {"code", "message", "data"?}}`, the same everywhere. */
import type { HttpResponse } from '../../ports/http-listener.js';
import type { RpcFailure } from '../../ports/transport.js';

/** HTTP status of every stable error word; what is not listed is 500. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  PARSE_ERROR: 400,
  INVALID_REQUEST: 400,
  INVALID_PARAMS: 400,
  METHOD_NOT_FOUND: 404,
  CAMERA_NOT_FOUND: 404,
  FILE_NOT_FOUND: 404,
  AUTH_REQUIRED: 401,
  AUTH_FAILED: 401,
  TOKEN_EXPIRED: 401,
  PERMISSION_DENIED: 403,
  DEVICE_BUSY: 409,
  RECORDING_IN_PROGRESS: 409,
  INVALID_STATE: 409,
  UNSUPPORTED: 501,
  RATE_LIMITED: 429,
  DEPENDENCY_FAILED: 503,
  STORAGE_FULL: 507,
  INTERNAL: 500,
};

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

export function errorResponse(
  status: number,
  error: { readonly code: string; readonly message: string; readonly data?: unknown },
  headers?: Readonly<Record<string, string>>,
): HttpResponse {
  return jsonResponse(status, { error }, headers);
}

export function invalidRequest(message: string, headers?: Readonly<Record<string, string>>): HttpResponse {
  return errorResponse(400, { code: 'INVALID_REQUEST', message }, headers);
}

export function methodNotAllowed(allow: readonly string[]): HttpResponse {
  const allowed = allow.join(', ');
  return errorResponse(405, { code: 'METHOD_NOT_ALLOWED', message: `use ${allowed}` }, { allow: allowed });
}

/** A failure of the service as an HTTP answer, with the headers its status asks for. */
export function failureResponse(failure: RpcFailure): HttpResponse {
  const status = STATUS_OF_CODE[failure.data.code] ?? 500;
  const error = { code: failure.data.code, message: failure.message, data: failure.data };
  return errorResponse(status, error, failureHeaders(status, failure));
}

function failureHeaders(status: number, failure: RpcFailure): Record<string, string> {
  if (status === 401) return { 'www-authenticate': challenge(failure.data.code) };
  const waitMs = failure.data['retry_after_ms'];
  if (typeof waitMs !== 'number' || !Number.isFinite(waitMs)) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) };
}

function challenge(code: string): string {
  const realm = 'Bearer realm="camera-service"';
  return code === 'AUTH_REQUIRED' ? realm : `${realm}, error="invalid_token"`;
}
