import type { Principal } from '../../ports/auth-provider.js';
import type { Peer } from '../../ports/transport.js';
import { addressGroup, addressRealm } from '../../ports/address-group.js';
import type { Lease } from '../auth/lease.js';
import { knownPeer, type KnownPeer } from './known-peer.js';
import type { Parts } from './parts.js';

/** One client's conversation, as the dispatcher and the methods see it. */
export class ClientSession {
  readonly id = crypto.randomUUID();
  readonly peer: KnownPeer;
  /** What counts as its address where addresses are limited. */
  readonly addressGroup: string;
  /** The transport with whose other clients it shares limits, if it has no IP address. */
  readonly addressRealm: string | undefined;
  readonly #parts: Pick<Parts, 'auth' | 'events'>;
  #lease: Lease | undefined;
  #wantsMetadata = false;
  #login: Promise<void> | undefined;
  /** Settles when the last of the logins that were asked for is decided; absent when there is none. */
  #lastLogin: Promise<unknown> | undefined;
  #isClosed = false;
  #hasBeenKnown = false;

  constructor(peer: Peer, parts: Pick<Parts, 'auth' | 'events'>) {
    this.peer = knownPeer(peer, this.id);
    this.addressGroup = addressGroup(this.peer.address);
    this.addressRealm = addressRealm(this.peer.address);
    this.#parts = parts;
  }

  /** The authorisation of this connection; it may have ended meanwhile. */
  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** Who authenticated on this connection. */
  get principal(): Principal | undefined {
    return this.#lease?.principal;
  }

  /** Somebody has logged in here, or shown a good credential with a call. */
  get hasBeenKnown(): boolean {
    return this.#hasBeenKnown;
  }

  /** A call came with a good credential of its own. */
  vouched(): void {
    this.#hasBeenKnown = true;
  }

  /** The client wants `metadata` beside each result. */
  get wantsMetadata(): boolean {
    return this.#wantsMetadata;
  }

  /** True while the credential shown while connecting is being decided. */
  get isLoggingIn(): boolean {
    return this.#login !== undefined;
  }

  /** A credential was shown while connecting, and no other has taken its place. */
  get hasUnusedCredential(): boolean {
    return this.#lease === undefined && this.peer.credential !== undefined;
  }

  /** From here on the connection speaks for this principal, until its authorisation ends. */
  become(principal: Principal, wantsMetadata: boolean): void {
    if (this.#isClosed) return;
    const { auth, events } = this.#parts;
    this.#hasBeenKnown = true;
    this.#lease?.release();
    this.#wantsMetadata = wantsMetadata;
    this.#lease = auth.hold(principal, {
      onChange: (changed) => events.identify(this.id, changed),
      onEnd: () => events.identify(this.id, undefined),
    });
    events.identify(this.id, principal);
  }

  /** Runs a call after the logins that came before it: it is to see their effects. */
  afterLogin<T>(run: () => Promise<T>): Promise<T> {
    return this.#lastLogin === undefined ? run() : this.#lastLogin.then(run);
  }

  /** The same for a login, for which calls that come later wait. @param run never rejects. */
  logsIn<T>(run: () => Promise<T>): Promise<T> {
    const login = this.afterLogin(run);
    this.#lastLogin = login;
    void login.then(() => {
      if (this.#lastLogin === login) this.#lastLogin = undefined;
    });
    return login;
  }

  /**
   * Decides about the credential that was shown while connecting, if it has not been taken yet. A refusal is not kept: the credential may
   * be good a moment later. @throws ServiceError as `AuthService.login`.
   */
  async logIn(): Promise<void> {
    if (!this.hasUnusedCredential) return;
    const login = (this.#login ??= this.#loginWith(this.peer.credential ?? ''));
    try {
      await login;
    } finally {
      if (this.#login === login) this.#login = undefined;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#lease?.release();
  }

  async #loginWith(credential: string): Promise<void> {
    const principal = await this.#parts.auth.login(credential, this.peer.address);
    // An `authenticate` that came meanwhile is the client's later word.
    if (this.#lease === undefined) this.become(principal, false);
  }
}
