/**
 * A part of the service that is started and stopped. The supervisor starts components in order and stops them in
 * the reverse order.
 */
export interface Component {
  /** Shown in health, logs and errors. */
  readonly name: string;
  /**
   * Brings the component up. The constructor did nothing; this does.
   * @param signal aborts when the service is asked to stop while it is still starting: reject with its reason.
   * @throws PortError when the component cannot come up.
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Undoes `start`: refuses new work, finishes what is under way, releases everything. May be repeated, and succeeds
   * after a failed or missing `start`.
   * @param signal aborts when the time budget is used up: release at once what is left.
   */
  stop(signal: AbortSignal): Promise<void>;
}
