import type { Lifecycle } from './lifecycle.js';

/** In ascending order: each role includes the permissions of the roles before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;

/** viewer: reads. operator: also controls cameras, records and deletes. admin: also views and changes the service itself. */
export type Role = (typeof ROLES)[number];

/** Maximum length of a credential in characters, wherever it is used: in a call, a header, a query or at the media server. */
export const MAX_CREDENTIAL_LENGTH = 8192;

/** Who is calling. */
export interface Principal {
  /** Stable name of the person, program or key. Goes into logs and the audit trail. */
  readonly id: string;
  readonly role: Role;
  /** The cameras that this principal may access; absent means all. */
  readonly cameras?: readonly string[];
  /** Expiry time in milliseconds since 1970; absent means never. */
  readonly expiresAt?: number;
  /** Name of the provider that authenticated the principal. */
  readonly provider: string;
  /**
   * Identifies the credential: the `id` of `list` and `revoke` if the provider keeps records, otherwise a text that is always the
   * same for this credential and different for every other one. Never the secret, nor anything from which it can be derived.
   */
  readonly credentialId?: string;
}

/** What has changed: one credential (identified by `Principal.credentialId`), or possibly all credentials of this provider. */
export type CredentialChange = { readonly credentialId: string } | 'all';

export interface IssueRequest {
  readonly subject: string;
  readonly role: Role;
  readonly cameras?: readonly string[];
  /** Lifetime in seconds; absent means unlimited, if the provider allows that. */
  readonly ttlSeconds?: number;
  /**
   * Delivers the secret to its owner before the credential takes effect, so that no valid credential exists that nobody has received.
   * If this rejects, nothing is issued and the call rejects with the same error.
   */
  readonly handOver?: (credential: string) => Promise<void>;
}

export interface IssuedCredential {
  /** The secret itself. It is shown once, and never stored in plain text or logged. */
  readonly credential: string;
  /** Identifier for `list` and `revoke`; empty if the provider keeps no records. */
  readonly id: string;
  readonly expiresAt?: number;
}

/** One record of `list`: everything except the secret. */
export interface CredentialRecord {
  readonly id: string;
  readonly subject: string;
  readonly role: Role;
  readonly cameras?: readonly string[];
  readonly createdAt: number;
  readonly expiresAt?: number;
}

/** Turns a credential into a principal. Several providers run side by side, each for its own kind of credential. */
export interface AuthProvider extends Lifecycle {
  readonly name: string;
  readonly supports: {
    readonly issue: boolean;
    /** Whether credentials can be listed and revoked individually. */
    readonly revoke: boolean;
  };
  /**
   * Loads or creates what the provider needs, such as a secret or a list of keys. May be called again after a failure, because a
   * missing file may appear later. Damage that leaves the provider usable is reported by `trouble` and does not reject.
   * @throws PortError `STORAGE_FAILED`, `STATE_CORRUPT`, `OPTION_INVALID`, with a message that contains the remedy.
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Verifies a credential in well under a millisecond and without network access.
   * @returns the principal, or `undefined` if the credential is not of this provider's kind.
   * @throws PortError `CREDENTIALS_REFUSED` (`detail.reason`: `bad_signature`, `bad_algorithm`, `malformed`, `unknown_key`,
   * `no_expiry`, `bad_claims`, `not_yet_valid`, `bad_header`) or `CREDENTIALS_EXPIRED`; `CREDENTIALS_UNAVAILABLE` if it is of
   * this provider's kind but cannot be verified because the provider failed to start. Errors never contain the credential.
   */
  authenticate(credential: string): Promise<Principal | undefined>;
  /** Issues a credential. @throws PortError `UNSUPPORTED`, `STORAGE_FAILED`, `STATE_CORRUPT`, `OPTION_INVALID`. */
  issue(request: IssueRequest): Promise<IssuedCredential>;
  /** @throws PortError `UNSUPPORTED`. */
  list(): Promise<readonly CredentialRecord[]>;
  /** Revokes a credential immediately. @returns false if there is no credential with this id. @throws PortError `UNSUPPORTED`, `STORAGE_FAILED`. */
  revoke(id: string): Promise<boolean>;
  /**
   * Calls `listener` whenever a valid credential has been revoked or its role, cameras or expiry time has changed, whether by this
   * process or by another one that shares the provider's storage. Changes made on this machine are reported immediately, changes made
   * elsewhere within the provider's refresh time. Regular expiry (`expiresAt`) is not reported.
   * May be called any number of times, also before `start`. Without this method, credentials end only by expiry.
   * @returns a function that ends the subscription; it may be called again.
   */
  watch?(listener: (change: CredentialChange) => void): () => void;
  /**
   * Checks the credential of an earlier `authenticate` again, without its secret: returns the principal that `authenticate` would
   * return now, or `undefined` if the credential has ended. Answers from memory and reads the storage only if its data is older
   * than the refresh time, so that it can be called before every call.
   * Never rejects because of the storage. Required if `watch` is implemented.
   */
  recheck?(principal: Principal): Promise<Principal | undefined>;
  /**
   * The current problem of the provider and its remedy, as a sentence; `undefined` if there is none.
   * Shown in health. Must be cheap and must not contain secrets.
   */
  trouble?(): string | undefined;
}
