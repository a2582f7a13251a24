/**
 * The JSON-RPC library, kept to what it does right: single, clean requests. Its error mapper would send the words of any error to
 * the client, its batches lose their brackets and it dies of a `null` inside one, so none of those ever reach it.
 */
import { JSONRPCServer, type JSONRPCRequest, type JSONRPCResponse } from 'json-rpc-2.0';
import type { RpcEndpoint, RpcOutcome, RpcSession } from '../../../ports/transport.js';
import { failureAnswer, outcomeAnswer, type Answer } from './encode.js';
import type { Request } from './messages.js';

export interface CallContext {
  readonly session: RpcSession;
  readonly signal: AbortSignal;
}

export interface RpcServer {
  /** Runs one request. Never rejects. @returns null for a notification. */
  run(request: Request, context: CallContext): PromiseLike<Answer | null>;
}

/** @param onDefect hears of sessions that throw, which their contract forbids. */
export function createRpcServer(rpc: RpcEndpoint, onDefect: (error: unknown) => void): RpcServer {
  const server = new JSONRPCServer<CallContext>({ errorListener: (_message, error) => onDefect(error) });
  const answer = (request: JSONRPCRequest, outcome: RpcOutcome): JSONRPCResponse | null =>
    request.id === undefined ? null : (outcomeAnswer(request.id, outcome) as JSONRPCResponse);
  server.mapErrorToJSONRPCErrorResponse = (id) =>
    failureAnswer(id, rpc.failure('INTERNAL')) as ReturnType<typeof server.mapErrorToJSONRPCErrorResponse>;
  // Every method goes to the session: the table of methods is not the transport's business.
  server.applyMiddleware((_next, request, context) => {
    const call =
      request.params === undefined
        ? { method: request.method }
        : { method: request.method, params: request.params as unknown };
    return context.session.call(call, context.signal).then((outcome) => answer(request, outcome));
  });
  return { run: (request, context) => server.receive(request, context) as PromiseLike<Answer | null> };
}
