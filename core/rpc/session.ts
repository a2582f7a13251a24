import type { Principal } from '../../ports/auth-provider.js';
import type { Peer } from '../../ports/transport.js';

/** One client's conversation, as the dispatcher and the methods see it. */
export interface Session {
  readonly id: string;
  readonly peer: Peer;
  /** Who authenticated on this connection; it may have expired meanwhile. */
  readonly principal: Principal | undefined;
  /** The client wants `metadata` beside each result. */
  readonly wantsMetadata: boolean;
  /** Why the credential shown while connecting was refused. */
  readonly loginError: Error | undefined;
  /** Resolves when the credential shown while connecting has been decided; absent afterwards. */
  readonly pendingLogin: Promise<void> | undefined;
  /** From here on the connection speaks for this principal. */
  become(principal: Principal, wantsMetadata: boolean): void;
}
