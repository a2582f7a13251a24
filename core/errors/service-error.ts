import type { PortError } from '../../ports/port-error.js';
import { ERROR_CODES, isErrorCode, type ErrorCode, type ErrorData } from './codes.js';
import { PORT_ERROR_TABLE, type ErrorContext } from './port-error-table.js';

export interface ServiceErrorOptions {
  readonly message?: string;
  readonly cause?: unknown;
}

/** A failure that is the client's to see: a code of the registry and the data that belongs to it. */
export class ServiceError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: C, data: ErrorData<C>, options: ServiceErrorOptions = {}) {
    const cause = options.cause === undefined ? undefined : { cause: options.cause };
    super(options.message ?? ERROR_CODES[code].message, cause);
    this.name = 'ServiceError';
    this.code = code;
    this.data = data;
  }
}

/** Recognises a service error by its code. @param code when given, the code it must have. */
export function isServiceError(error: unknown, code?: ErrorCode): error is ServiceError {
  if (!(error instanceof Error) || error.name !== 'ServiceError') return false;
  const found = (error as Partial<ServiceError>).code;
  return typeof found === 'string' && isErrorCode(found) && (code === undefined || found === code);
}

/** @param available the cameras that this caller may know of. */
export function cameraNotFound(
  device: string,
  available: readonly string[],
): ServiceError<'CAMERA_NOT_FOUND'> {
  return new ServiceError('CAMERA_NOT_FOUND', { device, available_devices: available });
}

export function fileNotFound(filename: string): ServiceError<'FILE_NOT_FOUND'> {
  return new ServiceError('FILE_NOT_FOUND', { filename });
}

/** @param rule a stable word or schema keyword; @param hint a sentence for people. */
export function invalidParam(param: string, rule: string, hint: string): ServiceError<'INVALID_PARAMS'> {
  return new ServiceError('INVALID_PARAMS', { param, rule, hint });
}

export function invalidState(state: string, allowed: readonly string[]): ServiceError<'INVALID_STATE'> {
  return new ServiceError('INVALID_STATE', { state, allowed_states: allowed });
}

export function unsupported(feature: string, suggestion: string): ServiceError<'UNSUPPORTED'> {
  return new ServiceError('UNSUPPORTED', { feature, suggestion });
}

export function dependencyFailed(
  dependency: string,
  detail: string,
  options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
): ServiceError<'DEPENDENCY_FAILED'> {
  const retry = options.retryAfterMs === undefined ? {} : { retry_after_ms: options.retryAfterMs };
  return new ServiceError(
    'DEPENDENCY_FAILED',
    { dependency, detail, ...retry },
    options.cause === undefined ? {} : { cause: options.cause },
  );
}

export function rateLimited(retryAfterMs: number): ServiceError<'RATE_LIMITED'> {
  return new ServiceError('RATE_LIMITED', { retry_after_ms: Math.max(1, Math.ceil(retryAfterMs)) });
}

/**
 * What a port's failure means to a client. Nothing of the inner message is passed on.
 * @param context what the call was about, for errors whose data names it.
 */
export function fromPortError(error: PortError, context: ErrorContext = {}): ServiceError {
  const map = PORT_ERROR_TABLE[error.code] ?? PORT_ERROR_TABLE.OPTION_INVALID;
  const { code, data } = map(error, context);
  return new ServiceError(code, data, { cause: error });
}
