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
    return { kind: 'refused', code: 'PARSE_ERROR', hint: 'send one JSON value per message' };
  }
  if (!Array.isArray(value)) return { kind: 'single', item: classify(value) };
  if (value.length === 0)
    return { kind: 'refused', code: 'INVALID_REQUEST', hint: 'a batch must contain at least one item' };
  if (value.length <= batchItems) return { kind: 'batch', items: value };
  return {
    kind: 'refused',
    code: 'INVALID_REQUEST',
    hint: `a batch can contain at most ${String(batchItems)} items`,
  };
}

export function classify(value: unknown): Item {
  if (!isNamed(value)) return refuse('a request must be an object', null);
  const { id, method, params } = value;
  if (!isId(id)) return refuse('id must be a string, a number or null', null);
  const isAnswer = 'result' in value || 'error' in value;
  if (method === undefined && isAnswer) return { kind: 'ignored' };
  const echo = id ?? null;
  const fault = faultOf(value, isAnswer);
  if (fault !== undefined) return refuse(fault, echo);
  const isNotification = id === undefined;
  if (params === undefined || isNamed(params)) {
    return { kind: 'request', request: value as unknown as Request, isNotification };
  }
  if (isNotification) return { kind: 'ignored' };
  return {
    kind: 'refused',
    code: 'INVALID_PARAMS',
    hint: 'parameters must be passed by name: send an object',
    id: echo,
  };
}

function faultOf(
  { jsonrpc, method, params }: Readonly<Record<string, unknown>>,
  isAnswer: boolean,
): string | undefined {
  if (jsonrpc !== '2.0') return 'jsonrpc must be "2.0"';
  if (typeof method !== 'string') return 'method must be a string';
  if (isAnswer) return 'a request must not contain result or error';
  return params === undefined || (typeof params === 'object' && params !== null)
    ? undefined
    : 'params must be an object';
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

/** After it other calls are worth something else. */
export function isLogin(item: Item): boolean {
  return item.kind === 'request' && item.request.method === 'authenticate';
}

export function idOf(item: Item): string | number | null {
  if (item.kind === 'request') return item.request.id ?? null;
  return item.kind === 'refused' ? item.id : null;
}
