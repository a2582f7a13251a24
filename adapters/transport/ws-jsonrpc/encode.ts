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
  if (rawId === undefined) return JSON.stringify(answer);
  const { id: _replaced, ...rest } = answer;
  return `${JSON.stringify(rest).slice(0, -1)},"id":${rawId}}`;
}

export function encodeNotification(notification: Notification): Buffer {
  const known = encodedNotifications.get(notification);
  if (known !== undefined) return known;
  const { method, params } = notification;
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params }));
  encodedNotifications.set(notification, bytes);
  return bytes;
}
