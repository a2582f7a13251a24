/** When to stop asking somebody who does not answer: so many failures within so much time. */
import {
  BrokenCircuitError,
  CircuitState,
  ExponentialBackoff,
  TaskCancelledError,
  TimeoutStrategy,
  circuitBreaker,
  handleWhen,
  noJitterGenerator,
  timeout,
  type CircuitBreakerPolicy,
  type IBreaker,
} from 'cockatiel';

export interface BreakerOptions {
  /** Failures within `windowMs` that open the circuit. Default 5. */
  readonly failures?: number;
  /** Default 10 s. */
  readonly windowMs?: number;
  /** Pause before the first trial; doubles with each failed trial. Default 30 s. */
  readonly pauseMs?: number;
  /** The longest pause. Default 5 minutes. */
  readonly maxPauseMs?: number;
}

/** Thrown at once while the circuit is open. */
export class CircuitOpenError extends Error {
  readonly code = 'ECIRCUITOPEN';
  constructor(readonly retryAfterMs: number) {
    super(`not called because it failed too often; next attempt in ${retryAfterMs} ms`);
  }
}

export interface Circuit {
  /** Runs `call` with a signal that joins the caller's and the time limit. @throws CircuitOpenError while it is open. */
  run<T>(call: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
  readonly isOpen: boolean;
  /** Forgets all failures and closes the circuit: for a caller who knows that the other side is back. */
  reset(): void;
}

/**
 * @param timeLimitMs bound of one call with all its retries.
 * @param isFailure which errors count; running over the time limit always does.
 */
export function createCircuit(
  options: BreakerOptions,
  timeLimitMs: number,
  isFailure: (error: Error) => boolean,
): Circuit {
  const isCounted = (error: Error): boolean => error instanceof TaskCancelledError || isFailure(error);
  const limit = timeout(timeLimitMs, TimeoutStrategy.Aggressive);
  let current = createBreaker(options, isCounted);

  /** The caller's signal is joined here: the library forgets it for those who wait while a trial runs. */
  async function bounded<T>(call: (joined: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await limit.execute((context) => call(context.signal), signal);
    } catch (error) {
      throw signal.aborted ? new CallerLeft() : error;
    }
  }

  return {
    get isOpen() {
      return current.policy.state === CircuitState.Open;
    },
    reset: () => {
      if (current.policy.state !== CircuitState.Closed) current = createBreaker(options, isCounted);
    },
    run: async (call, signal) => {
      const { policy, trialAt } = current;
      try {
        return await policy.execute(() => bounded(call, signal));
      } catch (error) {
        if (error instanceof CallerLeft) throw signal.reason;
        if (!(error instanceof BrokenCircuitError)) throw error;
        throw new CircuitOpenError(Math.max(0, Math.ceil(trialAt() - performance.now())));
      }
    },
  };
}

interface Breaker {
  readonly policy: CircuitBreakerPolicy;
  /** When the next trial is allowed, on the monotonic clock. */
  trialAt(): number;
}

function createBreaker(options: BreakerOptions, isCounted: (error: Error) => boolean): Breaker {
  const { failures = 5, windowMs = 10_000, pauseMs = 30_000, maxPauseMs = 300_000 } = options;
  let pause = pauseMs;
  let trialAt = 0;
  const policy: CircuitBreakerPolicy = circuitBreaker(
    // A trial that ends in anything but an answer, such as a caller who went away, has proved nothing.
    handleWhen((error) => policy.state === CircuitState.HalfOpen || isCounted(error)),
    {
      breaker: new WindowBreaker(failures, windowMs),
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: pauseMs,
        maxDelay: maxPauseMs,
        exponent: 2,
        generator: noJitterGenerator,
      }),
    },
  );
  policy.onBreak(() => {
    trialAt = performance.now() + pause;
    pause = Math.min(pause * 2, maxPauseMs);
  });
  policy.onReset(() => {
    pause = pauseMs;
  });
  return { policy, trialAt: () => trialAt };
}

/** Says nothing about the other side, so it is no failure of it. */
class CallerLeft extends Error {}

/** Successes in between do not make failures undone: a server that fails every other call is not well. */
class WindowBreaker implements IBreaker {
  #failedAt: number[] = [];

  constructor(
    private readonly failures: number,
    private readonly windowMs: number,
  ) {}

  get state(): unknown {
    return [...this.#failedAt];
  }

  set state(value: unknown) {
    this.#failedAt = Array.isArray(value) ? value.filter((at): at is number => typeof at === 'number') : [];
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.#failedAt = [];
  }

  failure(state: CircuitState): boolean {
    const now = performance.now();
    this.#failedAt = [...this.#failedAt, now].filter((at) => now - at < this.windowMs).slice(-this.failures);
    return state === CircuitState.HalfOpen || this.#failedAt.length >= this.failures;
  }
}
