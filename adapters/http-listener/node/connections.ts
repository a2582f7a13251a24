/** The open connections of a listener, and which of them may be closed to make room for others. */
import type { Socket } from 'node:net';
import { plainAddress, type Trust } from '../../_shared/forwarded.js';
import { StrangerPlaces } from '../../_shared/stranger-places.js';

export interface ConnectionLimits {
  readonly most: number;
  /** Connections of one address that wait for a request or have sent none. */
  readonly waitingPerAddress: number;
  /** Proxies stand for many clients, so their connections are not counted by address. */
  readonly isProxy: Trust;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #open = new Set<Socket>();
  /** Requests that are being answered, by connection. */
  readonly #asked = new Map<Socket, number>();
  /** Connections from which nothing is owed an answer: silent ones, heads that drip in, idle ones, answers that nobody fetches. */
  readonly #waiting: StrangerPlaces<Socket>;

  /** @param onDismissed hears of a connection that was closed to make room. */
  constructor(limits: ConnectionLimits, onDismissed: (address: string) => void) {
    this.#limits = limits;
    const places = { total: limits.most, perAddress: limits.waitingPerAddress };
    this.#waiting = new StrangerPlaces(places, (socket) => {
      onDismissed(plainAddress(socket.remoteAddress));
      this.#open.delete(socket);
      socket.destroy();
    });
  }

  /** A new connection. It is closed at once when all places are taken by others that are being answered. */
  add(socket: Socket): void {
    if (this.#open.size >= this.#limits.most && !this.#waiting.dismissOldest()) {
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#asked.delete(socket);
      this.#waiting.leave(socket);
    });
    this.#wait(socket);
  }

  /** A whole head has arrived. */
  asks(socket: Socket): void {
    this.#waiting.leave(socket);
    this.#asked.set(socket, (this.#asked.get(socket) ?? 0) + 1);
  }

  /** An answer has been handed over, whether or not the client fetches it. */
  answered(socket: Socket): void {
    const left = (this.#asked.get(socket) ?? 0) - 1;
    if (left > 0) this.#asked.set(socket, left);
    else if (this.#asked.delete(socket)) this.#wait(socket);
  }

  /** Somebody else looks after this connection from here on; it keeps its place. */
  taken(socket: Socket): void {
    this.#waiting.leave(socket);
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #wait(socket: Socket): void {
    if (!this.#open.has(socket)) return;
    const address = plainAddress(socket.remoteAddress);
    this.#waiting.enter(socket, this.#limits.isProxy(address) ? undefined : address);
  }
}
