import type { Peer } from '../../ports/transport.js';
import { addressRealm } from '../../ports/address-group.js';

/** The other end of a connection, with an address that limits, logs and the audit trail can use. */
export type KnownPeer = Peer & { readonly address: string };

const MAX_ADDRESS = 256;

/**
 * What a transport says of a client, once and for all: transports may be anybody's. A text that is no IP address counts below the name
 * of its transport only, and a client without one is known by its session.
 */
export function knownPeer(peer: Peer, sessionId: string): KnownPeer {
  return { ...peer, address: addressOf(peer, sessionId) };
}

function addressOf({ transport, address }: Peer, sessionId: string): string {
  // Also a number or null, from plugins without types.
  if (typeof address !== 'string' || address === '') return `${transport}:session=${sessionId}`;
  const text = address.slice(0, MAX_ADDRESS);
  const realm = addressRealm(text);
  return realm === undefined || text.startsWith(`${transport}:`) ? text : `${transport}:${text}`;
}
