/** What structured cloning does not carry between the service and an isolated plugin: errors with their codes, and who owns bytes. */
import { isPortError, PortError, type LogFields, type PortErrorCode } from '../../ports/index.js';

/** An error as plain data. */
export interface EncodedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly retryable?: boolean;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly cause?: EncodedError;
}

const MAX_CAUSES = 4;
const MAX_TEXT = 4096;
const STANDARD: Readonly<Record<string, new (message: string) => Error>> = { TypeError, RangeError };

/** Whatever was thrown, as far as it can be told. Never throws. */
export function encodeError(cause: unknown, depth = 0): EncodedError {
  try {
    if (!(cause instanceof Error)) return { name: '', message: String(cause).slice(0, MAX_TEXT) };
    const { name, message, stack, cause: inner } = cause;
    const { code } = cause as { readonly code?: unknown };
    const isDeep = inner === undefined || depth >= MAX_CAUSES;
    return {
      name: String(name),
      message: String(message).slice(0, MAX_TEXT),
      ...(typeof stack === 'string' ? { stack: stack.slice(0, MAX_TEXT) } : {}),
      ...(typeof code === 'string' ? { code } : {}),
      ...(isPortError(cause) ? portFacts(cause) : {}),
      ...(isDeep ? {} : { cause: encodeError(inner, depth + 1) }),
    };
  } catch {
    return { name: '', message: 'a value that cannot be displayed' };
  }
}

/** An error of a plugin's own make may lack the facts. */
function portFacts(error: PortError): Pick<EncodedError, 'retryable' | 'detail'> {
  const { retryable, detail } = error as Partial<PortError>;
  const facts: unknown = plain(detail ?? {});
  return {
    retryable: retryable === true,
    ...(typeof facts === 'object' ? { detail: facts as NonNullable<EncodedError['detail']> } : {}),
  };
}

/** @returns a port error for a port error; what was thrown and is no error stays a text. */
export function decodeError(encoded: EncodedError): unknown {
  const { name, message, stack, code, retryable = false, detail = {}, cause } = encoded;
  if (name === '') return message;
  const inner = cause === undefined ? undefined : decodeError(cause);
  if (name === 'PortError' && code !== undefined)
    return new PortError(code as PortErrorCode, { message, retryable, detail, cause: inner });
  const error = new (STANDARD[name] ?? Error)(message);
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true });
  if (inner !== undefined) error.cause = inner;
  return Object.assign(error, stack === undefined ? {} : { stack }, code === undefined ? {} : { code });
}

const ERROR = '$error';

/** Fields of a log message; what cannot be cloned becomes a text. */
export function encodeFields(fields: LogFields): LogFields {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? { [ERROR]: encodeError(value) } : plain(value),
  ]);
  return Object.fromEntries(entries) as LogFields;
}

export function decodeFields(fields: LogFields): LogFields {
  const entries = Object.entries(fields).map(([name, value]) => {
    const error = (value as Readonly<Record<string, unknown>> | null | undefined)?.[ERROR];
    return [name, error === undefined ? value : decodeError(error as EncodedError)];
  });
  return Object.fromEntries(entries) as LogFields;
}

function plain(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return 'a value that cannot be passed on';
  }
}

/** How deep in an answer bytes may lie: a picture in the news of a capture in a list. */
const DEEPEST = 3;

/**
 * Makes the bytes in a value its own, so that they can be handed over instead of being copied twice. The sender may keep its own, which
 * a plugin does with a picture that it shows again.
 */
export function withOwnBytes(value: unknown): { readonly value: unknown; readonly bytes: ArrayBuffer[] } {
  const bytes: ArrayBuffer[] = [];
  return { value: own(value, bytes, 0), bytes };
}

function own(value: unknown, bytes: ArrayBuffer[], depth: number): unknown {
  if (value instanceof Uint8Array) {
    const copy = new Uint8Array(value);
    bytes.push(copy.buffer);
    return copy;
  }
  if (typeof value !== 'object' || value === null || depth >= DEEPEST) return value;
  if (Array.isArray(value)) return value.map((each) => own(each, bytes, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, own(each, bytes, depth + 1)]));
}
