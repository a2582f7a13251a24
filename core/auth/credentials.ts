import type { AuthProvider, Clock, Component, Logger } from '../../ports/index.js';
import { withDeadline } from '../lifecycle/deadline.js';
import type { Roster } from '../lifecycle/roster.js';
import type { HealthBoard } from '../health/health-board.js';
import type { AuthService } from './auth-service.js';

export interface CredentialsDeps {
  readonly providers: Roster<AuthProvider>;
  readonly auth: AuthService;
  readonly board: HealthBoard;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called with each provider that has come up, before clients are served; what it fails with is told and tried again. */
  readonly welcome: (provider: AuthProvider) => Promise<void>;
  /** What went wrong with secrets before this part was made; shown until the end. */
  readonly earlier: readonly string[];
}

const RETRY_MS = 10_000;
/** For one that is taken out of use while the service runs. */
const STOP_LIMIT_MS = 5_000;

/**
 * The providers of credentials as a part of the service. One that cannot be started (a key file that is missing, a disk that cannot be
 * read) does not keep the others from working: it is tried again and again, its credentials are not accepted meanwhile, and the
 * health board says what is wrong and what to do.
 */
export class Credentials implements Component {
  readonly name = 'credentials';
  readonly #deps: CredentialsDeps;
  /** What is wrong with those that are not up. */
  readonly #failed = new Map<AuthProvider, string>();
  #stopping = new AbortController();
  #trying: Promise<void> | undefined;
  #unfollow: () => void = () => undefined;

  constructor(deps: CredentialsDeps) {
    this.#deps = deps;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#stopping = new AbortController();
    await this.#deps.auth.start();
    const first = this.#deps.providers.all;
    for (const provider of first) await this.#open(provider, signal);
    signal.throwIfAborted();
    this.#unfollow = this.#deps.providers.follow((provider) => {
      if (!first.includes(provider)) void this.#joined(provider);
      return async () => await this.#left(provider);
    });
    this.#judge();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#unfollow();
    this.#stopping.abort();
    await this.#trying;
    const stopped = await Promise.allSettled(
      this.#deps.providers.all.map((provider) => provider.stop(signal)),
    );
    await this.#deps.auth.stop();
    for (const outcome of stopped) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Tells the health board how the providers are. */
  report(): void {
    const { providers, board, earlier } = this.#deps;
    const troubles = providers.all.flatMap((provider) => {
      const trouble = this.#failed.get(provider) ?? this.#troubleOf(provider);
      return trouble === undefined ? [] : [`${provider.name}: ${trouble}`];
    });
    const reason = [...earlier, ...troubles].join('; ');
    if (reason === '') board.set(this.name, 'ok');
    else board.set(this.name, this.#failed.size === providers.all.length ? 'down' : 'degraded', { reason });
  }

  async #joined(provider: AuthProvider): Promise<void> {
    await this.#open(provider, this.#stopping.signal);
    this.#judge();
  }

  async #left(provider: AuthProvider): Promise<void> {
    this.#failed.delete(provider);
    const { clock, log } = this.#deps;
    await withDeadline(clock, STOP_LIMIT_MS, (signal) => provider.stop(signal)).catch((cause: unknown) => {
      log.error('a credential provider failed to stop', { provider: provider.name, cause });
    });
    this.report();
  }

  #judge(): void {
    this.report();
    if (this.#failed.size === 0) return;
    this.#trying ??= this.#keepTrying(this.#stopping.signal).finally(() => {
      this.#trying = undefined;
    });
  }

  async #open(provider: AuthProvider, signal: AbortSignal): Promise<void> {
    const { log, welcome } = this.#deps;
    try {
      await provider.start(signal);
      await welcome(provider);
      this.#failed.delete(provider);
    } catch (cause) {
      if (signal.aborted) return;
      const reason = messageOf(cause);
      if (this.#failed.get(provider) !== reason)
        log.error('a credential provider cannot be used', {
          provider: provider.name,
          cause,
          retry_in_ms: RETRY_MS,
        });
      this.#failed.set(provider, reason);
    }
  }

  async #keepTrying(signal: AbortSignal): Promise<void> {
    while (this.#failed.size > 0 && !signal.aborted) {
      await this.#deps.clock.sleep(RETRY_MS, signal).catch(() => undefined);
      for (const provider of [...this.#failed.keys()])
        if (!signal.aborted) await this.#open(provider, signal);
      this.report();
    }
  }

  #troubleOf(provider: AuthProvider): string | undefined {
    try {
      return provider.trouble?.();
    } catch (cause) {
      return messageOf(cause);
    }
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
