import type {
  AuthProvider,
  CredentialChange,
  CredentialRecord,
  IssuedCredential,
  IssueRequest,
  Principal,
} from '../../ports/index.js';
import { START_LIMIT_MS, stopQuietly, type Guard } from './guarded.js';
import { readNothing, readPrincipal, readTrouble, type Read } from './shapes.js';

/** Every call of a client waits for it. */
const AUTHENTICATE_LIMIT_MS = 5_000;
const readPerhaps: Read<Principal | undefined> = (value) =>
  value === undefined ? undefined : readPrincipal(value);

/** A provider that fails refuses its own credentials, and says nothing about those of others. */
export class GuardedAuthProvider implements AuthProvider {
  readonly name: string;
  readonly supports: AuthProvider['supports'];
  readonly watch?: (listener: (change: CredentialChange) => void) => () => void;
  readonly recheck?: (principal: Principal) => Promise<Principal | undefined>;
  readonly trouble?: () => string | undefined;
  readonly #adapter: AuthProvider;
  readonly #guard: Guard;

  constructor(adapter: AuthProvider, guard: Guard) {
    this.name = adapter.name;
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    if (typeof adapter.watch === 'function') this.watch = (listener) => this.#watch(listener);
    if (typeof adapter.recheck === 'function') this.recheck = (principal) => this.#recheck(principal);
    if (typeof adapter.trouble === 'function') this.trouble = () => this.#trouble();
  }

  async start(signal: AbortSignal): Promise<void> {
    const watched = { method: 'start', signal, limitMs: START_LIMIT_MS, read: readNothing };
    await this.#guard.call((inner) => this.#adapter.start(inner), watched);
  }

  async stop(signal: AbortSignal): Promise<void> {
    await stopQuietly(this.#guard, (inner) => this.#adapter.stop(inner), signal);
  }

  async authenticate(credential: string): Promise<Principal | undefined> {
    const watched = { method: 'authenticate', limitMs: AUTHENTICATE_LIMIT_MS, read: readPerhaps };
    return await this.#guard.call(() => this.#adapter.authenticate(credential), watched);
  }

  /** What hinders the caller from handing the secret over is the caller's, and goes back as it is. */
  async issue(request: IssueRequest): Promise<IssuedCredential> {
    let hindrance: { readonly cause: unknown } | undefined;
    const handOver = async (credential: string): Promise<void> => {
      try {
        await request.handOver?.(credential);
      } catch (cause) {
        hindrance = { cause };
        throw cause;
      }
    };
    const asked = request.handOver === undefined ? request : { ...request, handOver };
    const issue = (): Promise<unknown> =>
      this.#adapter.issue(asked).catch((cause: unknown) => {
        if (hindrance === undefined) throw cause;
      });
    const read = (value: unknown): IssuedCredential => value as IssuedCredential;
    const issued = await this.#guard.call(issue, { method: 'issue', read });
    if (hindrance !== undefined) throw hindrance.cause;
    return issued;
  }

  async list(): Promise<readonly CredentialRecord[]> {
    const read = (value: unknown): readonly CredentialRecord[] => value as readonly CredentialRecord[];
    return await this.#guard.call(() => this.#adapter.list(), { method: 'list', read });
  }

  async revoke(id: string): Promise<boolean> {
    const read = (value: unknown): boolean => value === true;
    return await this.#guard.call(() => this.#adapter.revoke(id), { method: 'revoke', read });
  }

  #watch(listener: (change: CredentialChange) => void): () => void {
    const read = (value: unknown): (() => void) => value as () => void;
    return this.#guard.now(
      () => this.#adapter.watch?.(listener),
      { method: 'watch', read },
      () => undefined,
    );
  }

  async #recheck(principal: Principal): Promise<Principal | undefined> {
    const watched = { method: 'recheck', limitMs: AUTHENTICATE_LIMIT_MS, read: readPerhaps };
    return await this.#guard.call(() => this.#adapter.recheck?.(principal), watched);
  }

  #trouble(): string | undefined {
    return this.#guard.now(
      () => this.#adapter.trouble?.(),
      { method: 'trouble', read: readTrouble },
      undefined,
    );
  }
}
