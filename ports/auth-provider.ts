import type { Lifecycle } from './lifecycle.js';

/** From the weakest to the strongest: a higher role may do all that a lower one may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;

/** viewer reads; operator also controls cameras, records and deletes; admin also sees and changes the service itself. */
export type Role = (typeof ROLES)[number];

/** Characters that a credential may have at most, wherever it is shown: in a call, a header, a query or to the media server. */
export const MAX_CREDENTIAL_LENGTH = 8192;

/** Who is calling. */
export interface Principal {
  /** Stable name of the person, program or key. Goes into logs and the audit trail. */
  readonly id: string;
  readonly role: Role;
  /** The cameras this principal may know of; absent means all. */
  readonly cameras?: readonly string[];
  /** When it ends, in milliseconds since 1970; absent means never. */
  readonly expiresAt?: number;
  /** Name of the provider that vouches. */
  readonly provider: string;
  /**
   * Which credential was shown: the handle of `list` and `revoke` where the provider keeps records, otherwise a text that is the
   * same each time this credential is shown and another for each other one. Never the secret, nor anything it can be found from.
   */
  readonly credentialId?: string;
}

/** What became different: one credential (by `Principal.credentialId`), or possibly every one of this provider. */
export type CredentialChange = { readonly credentialId: string } | 'all';

export interface IssueRequest {
  readonly subject: string;
  readonly role: Role;
  readonly cameras?: readonly string[];
  /** Seconds the credential is valid; absent means without end, where the provider allows that. */
  readonly ttlSeconds?: number;
  /**
   * Gives the secret to whoever it is for, before it takes effect: a credential that is in force then is always one that somebody
   * has. When this rejects, nothing is issued and the call rejects with the same.
   */
  readonly handOver?: (credential: string) => Promise<void>;
}

export interface IssuedCredential {
  /** The secret itself. Shown once; never stored in clear, never logged. */
  readonly credential: string;
  /** Handle for `list` and `revoke`; empty when the provider keeps no record. */
  readonly id: string;
  readonly expiresAt?: number;
}

/** One line of `list`: everything but the secret. */
export interface CredentialRecord {
  readonly id: string;
  readonly subject: string;
  readonly role: Role;
  readonly cameras?: readonly string[];
  readonly createdAt: number;
  readonly expiresAt?: number;
}

/** Turns a credential into a principal. Several providers run side by side; each knows its own kind of credential. */
export interface AuthProvider extends Lifecycle {
  readonly name: string;
  readonly supports: {
    readonly issue: boolean;
    /** True when credentials can be listed and taken back one by one. */
    readonly revoke: boolean;
  };
  /**
   * Loads or creates what the provider needs (secret, key list). May be tried again after it failed: a file may come later.
   * Damage that leaves the provider usable is told by `trouble` and does not reject.
   * @throws PortError `STORAGE_FAILED`, `STATE_CORRUPT`, `OPTION_INVALID`, with a message that says what to do.
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Checks a credential, in well under a millisecond and without network.
   * @returns the principal, or `undefined` when the text is not of this provider's kind.
   * @throws PortError `CREDENTIALS_REFUSED` (`detail.reason`: `bad_signature`, `bad_algorithm`, `malformed`, `unknown_key`,
   * `no_expiry`, `bad_claims`, `not_yet_valid`, `bad_header`) or `CREDENTIALS_EXPIRED`; `CREDENTIALS_UNAVAILABLE` when it is of
   * this provider's kind and nothing can be said about it, because its start failed. Never contains the credential.
   */
  authenticate(credential: string): Promise<Principal | undefined>;
  /** Makes a credential. @throws PortError `UNSUPPORTED`, `STORAGE_FAILED`, `STATE_CORRUPT`, `OPTION_INVALID`. */
  issue(request: IssueRequest): Promise<IssuedCredential>;
  /** @throws PortError `UNSUPPORTED`. */
  list(): Promise<readonly CredentialRecord[]>;
  /** Ends a credential at once. @returns false when there is none of that id. @throws PortError `UNSUPPORTED`, `STORAGE_FAILED`. */
  revoke(id: string): Promise<boolean>;
  /**
   * Calls `listener` whenever a credential that was good has ended before its time or is worth something else (role, cameras, end),
   * whoever did that: this process, or another one that shares what the provider stores. A change made on this machine is told
   * at once, one made elsewhere within the provider's refresh time. Ends that were known from the start (`expiresAt`) are not told.
   * May be called any number of times, before `start` too. A provider that leaves this out has credentials that only time ends.
   * @returns ends the calls; may be repeated.
   */
  watch?(listener: (change: CredentialChange) => void): () => void;
  /**
   * What the credential of an earlier `authenticate` is worth at this moment, without its secret: the principal that
   * `authenticate` would give, or `undefined` when it has ended. Answers from what the provider knows, and looks at the
   * storage only when that is older than its refresh time, so that it may be asked before every call.
   * Never rejects because of the storage. Present wherever `watch` is.
   */
  recheck?(principal: Principal): Promise<Principal | undefined>;
  /**
   * What is wrong with the provider now, as a sentence that says what happened and what to do; `undefined` when all is well.
   * Shown in health. Cheap, and never a secret.
   */
  trouble?(): string | undefined;
}
