/**
 * The lifecycle of everything that is started and stopped, adapters and parts of the core alike.
 *
 * A port whose adapters always hold a resource (a socket, a process, an open store) requires both methods. On the other ports they
 * are optional (`Partial<Lifecycle>`): an adapter without resources omits them; an adapter with resources has both and is
 * started before its first use.
 *
 * @typeParam Given the parameters of `start` before the signal, such as the hooks that a media server calls.
 */
export interface Lifecycle<Given extends readonly unknown[] = readonly []> {
  /**
   * Acquires all resources; the constructor acquires none. Does nothing if already started. An adapter may be started again after
   * `stop`.
   * @param signal aborts if the service is stopped while it is still starting: reject with its reason without delay. It has no
   * effect once the promise has settled.
   * @throws PortError if the start fails. `stop` is called after a failed start, too.
   */
  start(...given: [...given: Given, signal: AbortSignal]): Promise<void>;
  /**
   * Undoes `start`: refuses new work, finishes work in progress, and releases all resources. May be repeated, and succeeds after a
   * failed `start` or without one.
   * @param signal aborts when the time for a graceful stop is used up: release the remaining resources immediately.
   */
  stop(signal: AbortSignal): Promise<void>;
}

/** A part of the service. The supervisor starts components in order and stops them in reverse order. */
export interface Component extends Lifecycle {
  /** Shown in health, logs and errors. */
  readonly name: string;
  /**
   * Maximum duration of a graceful stop in milliseconds; 500 if absent. The stop timeout of the service is divided in
   * proportion to these values, so that a slow component does not use up the time of the others.
   */
  readonly stopMs?: number;
}
