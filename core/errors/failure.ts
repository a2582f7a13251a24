import type { Logger } from '../../ports/logger.js';
import { isPortError } from '../../ports/port-error.js';
import type { RpcCall, RpcFailure } from '../../ports/transport.js';
import { errorSpec } from './codes.js';
import { fromPortError, isServiceError, ServiceError } from './service-error.js';

/** The error as transports pass it on. */
export function toFailure(error: ServiceError, requestId: string): RpcFailure {
  return {
    rpcCode: errorSpec(error.code).rpcCode,
    message: error.message,
    data: { ...error.data, code: error.code, request_id: requestId },
  };
}

interface FailedCall {
  readonly request: RpcCall;
  readonly requestId: string;
  readonly connection: AbortSignal;
}

/** Turns whatever a call threw into an error that a client may see, and writes the rest to the log. */
export class FailureReport {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  explain(cause: unknown, call: FailedCall): ServiceError {
    const error = translate(cause, call.request.params);
    const fields = {
      request_id: call.requestId,
      method: call.request.method.slice(0, 100),
      code: error.code,
    };
    if (call.connection.aborted) this.#log.debug('call cancelled', fields);
    else if (error.code === 'INTERNAL') this.#log.error('call failed', { ...fields, cause });
    else if (error.code === 'DEPENDENCY_FAILED' || error.code === 'STORAGE_FULL') {
      this.#log.warn('call failed', { ...fields, ...error.data, cause });
    } else if (error.code === 'RATE_LIMITED') this.#log.debug('call refused', fields);
    else this.#log.info('call refused', fields);
    return error;
  }
}

function translate(cause: unknown, params: unknown): ServiceError {
  if (isServiceError(cause)) return cause;
  if (isPortError(cause)) return fromPortError(cause, subject(params));
  return new ServiceError('INTERNAL', {}, { cause });
}

/** What the call was about, for errors that name it. */
function subject(params: unknown): { device?: string; filename?: string } {
  if (typeof params !== 'object' || params === null) return {};
  const { device, filename } = params as { device?: unknown; filename?: unknown };
  return {
    ...(typeof device === 'string' ? { device } : {}),
    ...(typeof filename === 'string' ? { filename } : {}),
  };
}
