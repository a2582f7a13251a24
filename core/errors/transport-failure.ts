import type { RpcFailure } from '../../ports/transport.js';
import { isErrorCode, type ErrorCode } from './codes.js';
import { toFailure } from './failure.js';
import { ServiceError } from './service-error.js';

const RETRY_AFTER_MS = 1000;
type HintedCode = 'PARSE_ERROR' | 'INVALID_REQUEST' | 'METHOD_NOT_FOUND';

/** The failure for a problem that a transport detects before there is a call (`RpcEndpoint.failure`). */
export function transportFailure(code: string, hint: string | undefined): RpcFailure {
  return toFailure(failureError(isErrorCode(code) ? code : 'INTERNAL', hint), crypto.randomUUID());
}

function failureError(code: ErrorCode, hint: string | undefined): ServiceError {
  switch (code) {
    case 'PARSE_ERROR':
    case 'INVALID_REQUEST':
    case 'METHOD_NOT_FOUND':
      return new ServiceError<HintedCode>(code, hint === undefined ? {} : { hint });
    case 'INVALID_PARAMS':
      return new ServiceError(code, { param: 'params', rule: 'invalid', hint: hint ?? '' });
    case 'RATE_LIMITED':
      return new ServiceError(code, { retry_after_ms: RETRY_AFTER_MS });
    case 'AUTH_REQUIRED':
    case 'AUTH_FAILED':
      return new ServiceError(code, { reason: hint ?? 'not_authenticated' });
    case 'INVALID_STATE':
      return new ServiceError(code, { state: hint ?? 'stopping', allowed_states: ['ready'] });
    default:
      return new ServiceError('INTERNAL', {});
  }
}
