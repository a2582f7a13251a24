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

/** Text of results that never change, because their maker froze them; forgotten with the result. */
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

/** What is frozen is written once and for all. */
function encodeResult(result: unknown): string {
  const isConstant = typeof result === 'object' && result !== null && Object.isFrozen(result);
  return isConstant ? constantText(result) : JSON.stringify(result);
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
