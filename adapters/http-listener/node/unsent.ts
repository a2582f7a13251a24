import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Answers that are being made, by connection. Requests may come one behind the other; when the connection ends, Node tells only the
 * answer whose turn it was. The others would be waited for, and what they read from kept open, for ever.
 */
export class Unsent {
  readonly #bySocket = new WeakMap<Socket, Set<ServerResponse>>();

  /** To be called once for each connection. */
  watch(socket: Socket): void {
    // Node's own listener, which is younger, comes first.
    socket.once('close', () => queueMicrotask(() => this.#abandon(socket)));
  }

  add(response: ServerResponse, socket: Socket): void {
    const known = this.#bySocket.get(socket) ?? new Set();
    this.#bySocket.set(socket, known.add(response));
    response.once('close', () => known.delete(response));
    if (socket.destroyed) queueMicrotask(() => this.#abandon(socket));
  }

  #abandon(socket: Socket): void {
    for (const response of this.#bySocket.get(socket) ?? []) {
      response.destroy();
      response.emit('close');
    }
  }
}
