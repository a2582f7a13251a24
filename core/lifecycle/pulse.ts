/** Something that happens again and again, for parts of core that wait for it. Nothing is remembered but a count. */
export class Pulse {
  #waiters = new Set<() => void>();

  /** Wakes all who wait now. */
  fire(): void {
    const waiters = this.#waiters;
    this.#waiters = new Set();
    for (const wake of waiters) wake();
  }

  /** Resolves at the next `fire`. @throws the signal's reason when it aborts first. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#waiters.delete(wake);
        reject(signal.reason as Error);
      };
      const wake = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Resolves when `condition` holds; it is asked now and after each `fire`. @throws the signal's reason. */
  async until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    while (!condition()) await this.wait(signal);
  }
}
