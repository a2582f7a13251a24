import type { AwilixContainer } from 'awilix';
import { Supervisor } from '../core/lifecycle/supervisor.js';
import type { ServicePart } from '../core/rpc/services.js';
import type { Component } from '../ports/index.js';
import type { Cradle } from './composition-root.js';

const PARTS: readonly ServicePart[] = ['cameras', 'streams', 'snapshots', 'recordings', 'files'];

const STORAGE_RETRY_MS = 10_000;

/** The whole service: what is started in which order, and how it ends. */
export class Service {
  readonly #parts: Cradle;
  readonly #supervisor: Supervisor;

  constructor(container: AwilixContainer<Cradle>) {
    this.#parts = container.cradle;
    const { options, clock, log } = this.#parts;
    this.#supervisor = new Supervisor({ stopBudgetMs: options.stopBudgetMs }, { clock, log });
  }

  /** Resolves when everything is up; clients are served from the transports on, long before. @throws what a component threw. */
  async start(signal: AbortSignal): Promise<void> {
    const { relay, board, hub, about, log, transports } = this.#parts;
    relay.connect();
    await this.#supervisor.start(this.#components(), signal);
    board.started();
    hub.publish('system.startup', { version: about.version });
    log.info('service is up', {
      version: about.version,
      addresses: transports.flatMap((each) => each.addresses()),
    });
  }

  /** Refuses new work, lets calls under way end, and releases everything. Never rejects. */
  async stop(reason: string): Promise<void> {
    const { phases, board, hub, log, dispatcher } = this.#parts;
    for (const part of PARTS) phases.set(part, 'stopping');
    board.stopping();
    hub.publish('system.shutdown', { reason });
    log.info('service is stopping', { reason });
    await this.#supervisor.stop();
    dispatcher.close();
    log.info('service has stopped');
  }

  /** Ways in come up before the cameras: a client is told that the service is starting instead of being refused. */
  #components(): Component[] {
    const { audit, bus, hub, streams, gate, registry, recordings, monitor, vitals } = this.#parts;
    return [
      // Stopped last: what the others do while they stop is in the trail.
      audit,
      named('event-bus', bus),
      hub,
      this.#storage(),
      this.#credentials(),
      ...this.#waysIn(),
      gate,
      // Stopped in reverse: captures end before the devices are let go of.
      this.#marked(registry, ['cameras']),
      this.#marked(streams, ['streams', 'snapshots']),
      this.#marked(recordings, ['recordings']),
      monitor,
      vitals,
    ];
  }

  #storage(): Component {
    const stopping = new AbortController();
    return {
      name: 'storage',
      start: async (signal) => {
        if (!(await this.#openStorage(signal))) void this.#keepOpening(stopping.signal);
      },
      stop: () => {
        stopping.abort();
        return Promise.resolve();
      },
    };
  }

  /** @returns false when it cannot be used, which the health board then says. */
  async #openStorage(signal: AbortSignal): Promise<boolean> {
    const { files, index, board, log, phases } = this.#parts;
    try {
      await files.open(signal);
      await index.load();
      phases.set('files', 'ready');
      board.set('file-store', 'ok');
      return true;
    } catch (cause) {
      if (signal.aborted) return false;
      const reason = cause instanceof Error ? cause.message : String(cause);
      log.error('storage cannot be used: no snapshots or recordings', {
        cause,
        retry_in_ms: STORAGE_RETRY_MS,
      });
      board.set('file-store', 'down', { isVital: true, reason });
      return false;
    }
  }

  /** A disk may be mounted later. */
  async #keepOpening(signal: AbortSignal): Promise<void> {
    for (let isOpen = false; !isOpen && !signal.aborted;) {
      await this.#parts.clock.sleep(STORAGE_RETRY_MS, signal).catch(() => undefined);
      isOpen = signal.aborted || (await this.#openStorage(signal));
    }
  }

  #credentials(): Component {
    const { providers } = this.#parts;
    return {
      name: 'credentials',
      start: async (signal) => {
        for (const provider of providers) await provider.open(signal);
      },
      stop: () => Promise.resolve(),
    };
  }

  #waysIn(): Component[] {
    const { transports, listeners, endpoint } = this.#parts;
    return [
      listeners.api,
      listeners.health,
      ...transports.map((transport) => ({
        name: transport.name,
        start: (signal: AbortSignal) => transport.start(endpoint, signal),
        stop: (signal: AbortSignal) => transport.stop(signal),
      })),
    ];
  }

  /** A component whose methods answer only while it is up. */
  #marked(component: Component, parts: readonly ServicePart[]): Component {
    const { phases } = this.#parts;
    return {
      name: component.name,
      start: async (signal) => {
        await component.start(signal);
        for (const part of parts) phases.set(part, 'ready');
      },
      stop: (signal) => component.stop(signal),
    };
  }
}

function named(name: string, part: Pick<Component, 'start' | 'stop'>): Component {
  return { name, start: (signal) => part.start(signal), stop: (signal) => part.stop(signal) };
}
