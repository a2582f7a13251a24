import type { Clock, Component, MetricsSink } from '../ports/index.js';

export interface ProcessVitalsDeps {
  readonly metrics: MetricsSink;
  readonly clock: Clock;
  /** Resident memory of this process, in bytes. */
  readonly memoryBytes: () => number;
}

const INTERVAL_MS = 5_000;

/** Measures the process itself: its memory, and how late its event loop is. */
export class ProcessVitals implements Component {
  readonly name = 'process-vitals';
  readonly #deps: ProcessVitalsDeps;
  readonly #stopping = new AbortController();

  constructor(deps: ProcessVitalsDeps) {
    this.#deps = deps;
  }

  start(): Promise<void> {
    void this.#run(this.#stopping.signal);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    return Promise.resolve();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { metrics, clock, memoryBytes } = this.#deps;
    while (!signal.aborted) {
      metrics.set('camera_service_process_memory_bytes', memoryBytes());
      const expected = clock.monotonicMs() + INTERVAL_MS;
      await clock.sleep(INTERVAL_MS, signal).catch(() => undefined);
      const lateMs = Math.max(0, clock.monotonicMs() - expected);
      if (!signal.aborted) metrics.set('camera_service_event_loop_lag_seconds', lateMs / 1_000);
    }
  }
}
