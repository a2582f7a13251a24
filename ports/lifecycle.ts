/**
 * How everything that has a beginning and an end begins and ends, adapters and parts of core alike.
 *
 * A port whose adapters always hold something (a socket, a process, an open store) requires both methods. On the other ports they
 * are optional (`Partial<Lifecycle>`): an adapter that holds nothing leaves them out, one that holds something has both and is
 * started before its first use.
 *
 * @typeParam Given what `start` needs besides the signal, such as the hooks that a media server calls.
 */
export interface Lifecycle<Given extends readonly unknown[] = readonly []> {
  /**
   * Brings it up; the constructor did nothing. Nothing happens when it is up already. An adapter may be started again after `stop`.
   * @param signal aborts when the service is asked to stop while it is still starting: reject with its reason, soon. It has no
   * meaning once the promise has settled.
   * @throws PortError when it cannot come up. `stop` is called after a failed start, too.
   */
  start(...given: [...given: Given, signal: AbortSignal]): Promise<void>;
  /**
   * Undoes `start`: refuses new work, finishes what is under way, releases everything. May be repeated, and succeeds after a failed
   * or missing `start`.
   * @param signal aborts when the time for an orderly end is used up: release at once what is left.
   */
  stop(signal: AbortSignal): Promise<void>;
}

/** A part of the service. The supervisor starts components in order and stops them in the reverse order. */
export interface Component extends Lifecycle {
  /** Shown in health, logs and errors. */
  readonly name: string;
  /**
   * Milliseconds that an orderly stop may need at worst; 500 when absent. The stop budget of the service is handed out in
   * proportion to it, so that one slow part does not take the time that another one needs.
   */
  readonly stopMs?: number;
}
