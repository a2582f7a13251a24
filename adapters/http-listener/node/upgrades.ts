/** Which requests for another protocol are taken up, and which are answered as if they had not asked (RFC 9110 §7.8). */
import { IncomingMessage } from 'node:http';

const asking = new WeakSet<IncomingMessage>();

/**
 * Node takes every request for an upgrade out of HTTP as soon as anybody listens for upgrades, and only later versions let a server
 * choose. All of them read `upgrade` of the message when its head is complete; so the message itself answers.
 */
export function messageClass(isServed: (message: IncomingMessage) => boolean): typeof IncomingMessage {
  return class extends IncomingMessage {
    get upgrade(): boolean {
      // CONNECT is none of ours either; Node closes such a connection when nobody listens for it.
      return asking.has(this) && (this.method === 'CONNECT' || isServed(this));
    }

    set upgrade(isAsked: boolean | null) {
      if (isAsked === true) asking.add(this);
      else asking.delete(this);
    }
  };
}

/** Whether the client offered to leave HTTP. What it sent in the same breath as the request may be lost to us. */
export function asksForUpgrade(message: IncomingMessage): boolean {
  return asking.has(message);
}
