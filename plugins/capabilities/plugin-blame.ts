import {
  dependencyFailed,
  invalidParam,
  isServiceError,
  ServiceError,
} from '../../core/errors/service-error.js';
import { isPortError, PortError } from '../api/index.js';
import { wordsOf, type FaultBook } from '../guard/fault-book.js';
import { ShapeError } from '../guard/shapes.js';
import { plainCopy } from './plain-copy.js';

const LONGEST_DETAIL = 4 * 1024;
/** Errors of a plugin that are the client's to see. */
export const PASSED_ON = ['UNSUPPORTED', 'FILE_NOT_FOUND', 'DEVICE_BUSY'] as const;

export interface Blamed {
  readonly plugin: string;
  /** What failed, such as `method ring`. */
  readonly subject: string;
  readonly timeoutMs: number;
  readonly faults: FaultBook;
}

/** Decides what the client is told of what a handler did, and writes down what is the plugin's fault. @returns what is to be thrown. */
export function blame(cause: unknown, { aborted, reason }: AbortSignal, blamed: Blamed): unknown {
  const { plugin, subject, timeoutMs, faults } = blamed;
  if (aborted) {
    const isLate = isServiceError(reason, 'DEPENDENCY_FAILED');
    if (isLate) faults.raise(plugin, subject, `did not answer within ${String(timeoutMs)} ms`);
    return reason;
  }
  // By its class, which plugins do not have.
  if (cause instanceof ServiceError) return cause;
  if (isPortError(cause)) {
    const told = toldOf(cause);
    if (told !== undefined) return told;
  }
  const words = wordsOf(cause);
  const what = cause instanceof ShapeError ? `returned an invalid value: ${words}` : `threw: ${words}`;
  faults.raise(plugin, subject, what);
  return dependencyFailed(plugin, 'the plugin is not working correctly; see health for details');
}

/** An error of a plugin that clients see, or nothing when it is none of theirs. What is in it is bounded. */
function toldOf({ code, detail, message }: PortError): Error | undefined {
  let facts: Readonly<Record<string, unknown>>;
  try {
    facts = plainCopy(detail, LONGEST_DETAIL) as typeof facts;
  } catch {
    return undefined;
  }
  if (code === 'OPTION_INVALID') {
    const { option, rule } = facts;
    if (typeof option !== 'string' || typeof rule !== 'string') return undefined;
    return invalidParam(option, 'plugin', `${option} ${rule}`);
  }
  if (!(PASSED_ON as readonly string[]).includes(code)) return undefined;
  return new PortError(code, { message: wordsOf(message), detail: facts });
}
