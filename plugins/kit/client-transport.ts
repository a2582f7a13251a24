import { PortError, type ServiceEndpoint, type Transport } from '../../ports/index.js';

/** What a transport does from a start to its stop; made anew for each start. */
export interface ClientRun {
  /** Connects. @throws PortError if the other side refuses; the reason of the signal. */
  start(service: ServiceEndpoint, signal: AbortSignal): Promise<void>;
  /** Ends everything, also a start that is under way or has failed. Called once. */
  stop(): Promise<void>;
  /** Where it is connected to, without credentials; empty before `start` has resolved. */
  addresses(): readonly string[];
}

/**
 * A transport that is itself a client of something, such as a broker, a storage or a web server. Nobody connects to it, so it declares
 * no calls. Starts and stops keep to `ports/lifecycle.ts`, whatever their order.
 * @param name of the adapter. @param create makes what runs after a start.
 */
export function clientTransport(name: string, create: () => ClientRun): Transport {
  let run: ClientRun | undefined;
  let ending: Promise<void> = Promise.resolve();
  const end = async (): Promise<void> => {
    const stopping = run;
    run = undefined;
    if (stopping !== undefined) ending = stopping.stop();
    await ending;
  };
  return {
    name,
    supports: { calls: false, events: false, files: false, health: false, jsonRpc: false, batches: false },
    start: async (service, signal) => {
      signal.throwIfAborted();
      if (run !== undefined) return;
      const starting = create();
      run = starting;
      try {
        // What ran before may still hold what the new one needs.
        await ending.catch(() => undefined);
        if (run !== starting) throw new PortError('UNSUPPORTED', { message: 'stopped during its start' });
        await starting.start(service, signal);
      } catch (cause) {
        // Whoever stopped it during the start has ended it already.
        if (run === starting) await end();
        throw cause;
      }
    },
    stop: end,
    addresses: () => run?.addresses() ?? [],
  };
}
