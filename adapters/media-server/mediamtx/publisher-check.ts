/**
 * Lets our own programs in, and nobody else on this machine. Their pass can be read in the process list, so it is only good for a
 * connection that belongs to our user.
 */
import type { NonceBook } from './nonces.js';
import type { Peer } from './local-peer.js';

export interface Asker {
  readonly path: string;
  readonly protocol: string;
  /** Of its session or connection at the server. */
  readonly id: string;
  readonly query: string;
}

export interface CheckDeps {
  readonly nonces: NonceBook;
  /** Whose connection a session of the server is. */
  readonly peer: (session: string) => Promise<Peer>;
  /** An external server may run elsewhere, where its connections cannot be told; the pass alone must do. */
  readonly takesUnknown: boolean;
}

export class PublisherCheck {
  readonly #deps: CheckDeps;

  constructor(deps: CheckDeps) {
    this.#deps = deps;
  }

  async allows({ path, protocol, id, query }: Asker): Promise<boolean> {
    const { nonces, peer, takesUnknown } = this.#deps;
    const nonce = new URLSearchParams(query).get('nonce') ?? '';
    // Who shows no pass makes no work.
    if (protocol !== 'rtsp' || !nonces.knows(path, nonce)) return false;
    const whose = await peer(id);
    // A pass that somebody else shows is not spent: its owner still comes.
    if (whose === 'another' || (whose === 'unknown' && !takesUnknown)) return false;
    return nonces.redeem(path, nonce);
  }
}
