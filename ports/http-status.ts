/** The HTTP status of each error code: the same for every listener and transport. */
export const HTTP_STATUS = {
  INVALID_REQUEST: 400,
  INVALID_PARAMS: 400,
  PARSE_ERROR: 400,
  AUTH_REQUIRED: 401,
  AUTH_FAILED: 401,
  TOKEN_EXPIRED: 401,
  ORIGIN_REFUSED: 403,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_FOUND: 404,
  CAMERA_NOT_FOUND: 404,
  FILE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  DEVICE_BUSY: 409,
  INVALID_STATE: 409,
  RECORDING_IN_PROGRESS: 409,
  PRECONDITION_FAILED: 412,
  TOO_LARGE: 413,
  RANGE_NOT_SATISFIABLE: 416,
  UPGRADE_REQUIRED: 426,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  UNSUPPORTED: 501,
  DEPENDENCY_FAILED: 503,
  UNAVAILABLE: 503,
  STORAGE_FULL: 507,
} as const satisfies Readonly<Record<string, number>>;

/** An error that can be answered over HTTP. */
export type HttpErrorCode = keyof typeof HTTP_STATUS;

/** The status for an error code from elsewhere. @returns 500 for a code that is not in the table. */
export function httpStatusOf(code: string): number {
  return Object.hasOwn(HTTP_STATUS, code) ? HTTP_STATUS[code as HttpErrorCode] : HTTP_STATUS.INTERNAL;
}
