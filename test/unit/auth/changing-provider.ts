import type { AuthProvider, CredentialChange, Principal } from '../../../ports/index.js';
import { PortError } from '../../../ports/index.js';

/** A provider whose credentials end and change while the test watches. The credential is its own identifier. */
export class ChangingProvider implements AuthProvider {
  readonly name = 'changing';
  readonly supports = { issue: false, revoke: true };
  readonly #known = new Map<string, Principal>();
  readonly #listeners = new Set<(change: CredentialChange) => void>();
  /** What `recheck` fails with, when it is to fail. */
  failure: Error | undefined;
  /** Called after each recognition, before its answer. */
  onRecognised: () => void = () => undefined;

  get listeners(): number {
    return this.#listeners.size;
  }

  give(credential: string, what: Partial<Principal> = {}): Principal {
    const { name: provider } = this;
    const principal = { id: 'pat', role: 'viewer' as const, provider, credentialId: credential, ...what };
    this.#known.set(credential, principal);
    return principal;
  }

  change(
    credential: string,
    what: Partial<Principal>,
    told: CredentialChange = { credentialId: credential },
  ) {
    this.give(credential, what);
    this.tell(told);
  }

  tell(change: CredentialChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  authenticate(credential: string): Promise<Principal> {
    const principal = this.#known.get(credential);
    if (principal === undefined)
      return Promise.reject(new PortError('CREDENTIALS_REFUSED', { detail: { reason: 'unknown_key' } }));
    this.onRecognised();
    return Promise.resolve(principal);
  }

  watch(listener: (change: CredentialChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  recheck(principal: Principal): Promise<Principal | undefined> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(this.#known.get(principal.credentialId ?? ''));
  }

  revoke(credential: string): Promise<boolean> {
    const was = this.#known.delete(credential);
    this.tell({ credentialId: credential });
    return Promise.resolve(was);
  }

  issue(): Promise<never> {
    return Promise.reject(new PortError('UNSUPPORTED'));
  }

  list(): Promise<never> {
    return Promise.reject(new PortError('UNSUPPORTED'));
  }
}
