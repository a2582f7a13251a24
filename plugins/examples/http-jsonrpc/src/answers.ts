/** What is read from requests and written into responses. */
import type { HttpRequest, HttpResponse, Peer, RpcFailure } from 'mediamtx-camera-service/plugin-api';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
const BEARER = /^Bearer +(\S+) *$/i;
/** Of failures that concern the request as a whole. */
const STATUS: Readonly<Record<string, number>> = {
  AUTH_REQUIRED: 401,
  AUTH_FAILED: 401,
  TOKEN_EXPIRED: 401,
  PERMISSION_DENIED: 403,
  RATE_LIMITED: 429,
  INVALID_STATE: 503,
  INTERNAL: 500,
};

export function credentialOf({ headers }: HttpRequest): string | undefined {
  const bearer = BEARER.exec(headers['authorization'] ?? '')?.[1];
  const key = headers['x-api-key']?.trim();
  return bearer ?? (key === '' ? undefined : key);
}

export function peerOf(request: HttpRequest, transport: string): Peer {
  const { address, baseUrl } = request.client;
  const credential = credentialOf(request);
  return {
    ...{ transport, address },
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(credential === undefined ? {} : { credential }),
  };
}

export function isJson({ headers }: HttpRequest): boolean {
  return /^application\/json *(;|$)/i.test(headers['content-type'] ?? '');
}

export function json(status: number, body: string | Uint8Array): HttpResponse {
  return { status, headers: JSON_TYPE, body };
}

/** A failure without a call that it belongs to. */
export function refused(failure: RpcFailure, status = STATUS[failure.data.code] ?? 400): HttpResponse {
  const { rpcCode: code, message, data } = failure;
  const answer = json(status, JSON.stringify({ jsonrpc: '2.0', error: { code, message, data }, id: null }));
  return status === 401 ? { ...answer, headers: { ...JSON_TYPE, 'www-authenticate': 'Bearer' } } : answer;
}

export function notAllowed(method: string): HttpResponse {
  return { status: 405, headers: { allow: method } };
}
