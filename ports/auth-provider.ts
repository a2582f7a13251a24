import type { Lifecycle } from './lifecycle.js';

/** viewer reads; operator also controls cameras, records and deletes; admin also sees and changes the service itself. */
export type Role = 'viewer' | 'operator' | 'admin';

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
}

export interface IssueRequest {
  readonly subject: string;
  readonly role: Role;
  readonly cameras?: readonly string[];
  /** Seconds the credential is valid; absent means without end, where the provider allows that. */
  readonly ttlSeconds?: number;
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
  /** Loads or creates what the provider needs (secret, key list). @throws PortError `STORAGE_FAILED`, `STATE_CORRUPT`, `OPTION_INVALID`. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Checks a credential, in well under a millisecond and without network.
   * @returns the principal, or `undefined` when the text is not of this provider's kind.
   * @throws PortError `CREDENTIALS_REFUSED` (`detail.reason`: `bad_signature`, `bad_algorithm`, `malformed`, `unknown_key`,
   * `no_expiry`, `bad_claims`, `not_yet_valid`) or `CREDENTIALS_EXPIRED`. Never contains the credential.
   */
  authenticate(credential: string): Promise<Principal | undefined>;
  /** Makes a credential. @throws PortError `UNSUPPORTED`, `STORAGE_FAILED`, `OPTION_INVALID`. */
  issue(request: IssueRequest): Promise<IssuedCredential>;
  /** @throws PortError `UNSUPPORTED`. */
  list(): Promise<readonly CredentialRecord[]>;
  /** Ends a credential at once. @returns false when there is none of that id. @throws PortError `UNSUPPORTED`, `STORAGE_FAILED`. */
  revoke(id: string): Promise<boolean>;
}
