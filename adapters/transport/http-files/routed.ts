/** What plugins serve, as HTTP responses. */
import type { HttpRequest, HttpResponse } from '../../../ports/http-listener.js';
import type { RoutedAnswer, RoutedRequest } from '../../../ports/route-endpoint.js';
import { errorResponse, failureResponse, methodNotAllowed } from '../../_shared/web-error.js';
import { credentialOf } from '../../_shared/web-request.js';
import { fileResponse } from './file-response.js';

export const PLUGINS_PATH = '/plugins';

export function toRoutedRequest(request: HttpRequest): RoutedRequest {
  const { method, path, query, headers, client, signal } = request;
  const credential = credentialOf(headers);
  return {
    ...{ method, query, headers, signal, address: client.address },
    path: path.slice(PLUGINS_PATH.length),
    ...(credential === undefined ? {} : { credential }),
    body: (limitBytes) => request.body(limitBytes),
  };
}

export function routedResponse(request: HttpRequest, answer: RoutedAnswer): HttpResponse {
  switch (answer.kind) {
    case 'response':
      return withoutStreamForHead(request.method, answer);
    case 'file':
      return fileResponse(request, answer.file, answer.headers);
    case 'failure':
      return failureResponse(answer.error);
    case 'refusal':
      return refusal(answer);
  }
}

function refusal({ code, allow = [] }: Extract<RoutedAnswer, { kind: 'refusal' }>): HttpResponse {
  switch (code) {
    case 'METHOD_NOT_ALLOWED':
      return methodNotAllowed(allow);
    case 'TOO_LARGE':
      return errorResponse({ code, message: 'the body is too long' });
    case 'NOT_FOUND':
      return errorResponse({ code, message: 'there is nothing at this address' });
  }
}

/** The listener does not consume a body that it does not send; a stream has to be told. */
function withoutStreamForHead(
  method: string,
  { status, headers, body }: Extract<RoutedAnswer, { kind: 'response' }>,
): HttpResponse {
  if (body === undefined) return { status, headers };
  if (method !== 'HEAD' || typeof body === 'string' || body instanceof Uint8Array)
    return { status, headers, body };
  void body[Symbol.asyncIterator]().return?.();
  return { status, headers };
}
