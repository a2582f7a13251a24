/** Answers and notifications as text. */
import type { Notification, RpcFailure, RpcOutcome } from '../../../ports/transport.js';

export type Id = string | number | null;

export interface Answer {
  readonly jsonrpc: '2.0';
  readonly id: Id;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Encoded once per event, not once per client; forgotten with the event. */
const encodedNotifications = new WeakMap<Notification, Buffer>();

/** Text of parts that never change, because their maker froze them; forgotten with the part. */
const encodedConstants = new WeakMap<object, string>();

export function outcomeAnswer(id: Id, outcome: RpcOutcome): Answer {
  if (!outcome.ok) return failureAnswer(id, outcome.error);
  const result = outcome.result === undefined ? null : outcome.result;
  if (outcome.metadata === undefined) return { jsonrpc: '2.0', result, id };
  return { jsonrpc: '2.0', result, metadata: outcome.metadata, id };
}

export function failureAnswer(id: Id, failure: RpcFailure): Answer {
  const { rpcCode, message, data } = failure;
  return { jsonrpc: '2.0', error: { code: rpcCode, message, data }, id };
}

/**
 * @param rawId the id in the client's own words, when it has to be echoed that way.
 * @throws TypeError, RangeError when a result cannot be written as JSON.
 */
export function encodeAnswer(answer: Answer, rawId?: string): string {
  const { id, result, error, metadata } = answer;
  const outcome =
    error === undefined ? `"result":${encodeResult(result)}` : `"error":${JSON.stringify(error)}`;
  const beside = metadata === undefined ? '' : `,"metadata":${JSON.stringify(metadata)}`;
  return `{"jsonrpc":"2.0",${outcome}${beside},"id":${rawId ?? JSON.stringify(id)}}`;
}

/** Writes what is frozen once and for all, be it the whole or a part, and the rest each time. */
function encodeResult(result: unknown): string {
  if (isConstant(result)) return constantText(result);
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return JSON.stringify(result);
  const parts = result as Readonly<Record<string, unknown>>;
  const names = Object.keys(parts).filter((name) => parts[name] !== undefined);
  if (!names.some((name) => isConstant(parts[name]))) return JSON.stringify(result);
  const texts = names.map((name) => {
    const value = parts[name];
    return `${JSON.stringify(name)}:${isConstant(value) ? constantText(value) : JSON.stringify(value)}`;
  });
  return `{${texts.join(',')}}`;
}

function isConstant(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.isFrozen(value) && Object.keys(value).length > 0
  );
}

function constantText(value: object): string {
  let text = encodedConstants.get(value);
  if (text === undefined) encodedConstants.set(value, (text = JSON.stringify(value)));
  return text;
}

export function encodeNotification(notification: Notification): Buffer {
  const known = encodedNotifications.get(notification);
  if (known !== undefined) return known;
  const { method, params } = notification;
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params }));
  encodedNotifications.set(notification, bytes);
  return bytes;
}
