/** What a message is, by the words of the JSON-RPC 2.0 specification: decided before any library sees it. */

export interface Request {
  readonly jsonrpc: '2.0';
  readonly id?: string | number | null;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export type Item =
  | { readonly kind: 'request'; readonly request: Request; readonly isNotification: boolean }
  /** An answer from a client, to nothing that we asked. */
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'refused';
      readonly code: 'INVALID_REQUEST' | 'INVALID_PARAMS';
      readonly hint: string;
      readonly id: string | number | null;
    };

export type Message =
  | { readonly kind: 'single'; readonly item: Item }
  | { readonly kind: 'batch'; readonly items: readonly unknown[] }
  | { readonly kind: 'refused'; readonly code: 'PARSE_ERROR' | 'INVALID_REQUEST'; readonly hint: string };

export function parseMessage(text: string, batchItems: number): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'refused', code: 'PARSE_ERROR', hint: 'send one JSON text per message' };
  }
  if (!Array.isArray(value)) return { kind: 'single', item: classify(value) };
  if (value.length === 0)
    return { kind: 'refused', code: 'INVALID_REQUEST', hint: 'a batch has at least one item' };
  if (value.length <= batchItems) return { kind: 'batch', items: value };
  return {
    kind: 'refused',
    code: 'INVALID_REQUEST',
    hint: `a batch has at most ${String(batchItems)} items`,
  };
}

export function classify(value: unknown): Item {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('a request is an object', null);
  }
  const { jsonrpc, id, method, params } = value as Record<string, unknown>;
  if (!isId(id)) return refuse('id is a string, a number or null', null);
  if (method === undefined && ('result' in value || 'error' in value)) return { kind: 'ignored' };
  const echo = id ?? null;
  if (jsonrpc !== '2.0') return refuse('jsonrpc is "2.0"', echo);
  if (typeof method !== 'string') return refuse('method is a string', echo);
  if ('result' in value || 'error' in value) return refuse('a request has neither result nor error', echo);
  const isNotification = id === undefined;
  if (params === undefined || isNamed(params)) {
    return { kind: 'request', request: value as Request, isNotification };
  }
  if (!Array.isArray(params)) return refuse('params is an object', echo);
  if (isNotification) return { kind: 'ignored' };
  return { kind: 'refused', code: 'INVALID_PARAMS', hint: 'params are named: send an object', id: echo };
}

function refuse(hint: string, id: string | number | null): Item {
  return { kind: 'refused', code: 'INVALID_REQUEST', hint, id };
}

function isId(id: unknown): id is string | number | null | undefined {
  return id === undefined || id === null || typeof id === 'string' || typeof id === 'number';
}

function isNamed(params: unknown): params is Readonly<Record<string, unknown>> {
  return typeof params === 'object' && params !== null && !Array.isArray(params);
}
