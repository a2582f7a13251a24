import type { AwilixContainer } from 'awilix';
import { Storage } from '../core/files/storage.js';
import { Supervisor } from '../core/lifecycle/supervisor.js';
import type { ServicePart } from '../core/rpc/parts.js';
import type { Component, Lifecycle } from '../ports/index.js';
import type { Cradle } from './composition-root.js';

const PARTS: readonly ServicePart[] = ['cameras', 'streams', 'snapshots', 'recordings', 'files'];

/** Calls and downloads under way may end in that time. */
const TRANSPORT_STOP_MS = 1_500;
const LISTENER_STOP_MS = 1_000;

/** The whole service: what is started in which order, and how it ends. */
export class Service {
  readonly #parts: Cradle;
  readonly #supervisor: Supervisor;
  readonly #claim: (signal: AbortSignal) => Promise<void>;

  /** @param claim keeps other services from the folders of files; called again when a folder could not be used before. */
  constructor(
    container: AwilixContainer<Cradle>,
    claim: (signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
  ) {
    this.#parts = container.cradle;
    this.#claim = claim;
    const { options, clock, log } = this.#parts;
    this.#supervisor = new Supervisor({ stopBudgetMs: options.stopBudgetMs }, { clock, log });
  }

  /** Resolves when everything is up; clients are served from the transports on, long before. @throws what a component threw. */
  async start(signal: AbortSignal): Promise<void> {
    const { publisher, board, hub, about, log, transports } = this.#parts;
    publisher.connect();
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

  /** Transports start before the cameras: a client is told that the service is starting instead of being refused. */
  #components(): Component[] {
    const { state, audit, bus, hub, credentials, streams, gate, registry, recordings, monitor, vitals } =
      this.#parts;
    return [
      // Up already, because the composition read secrets from it; here it has its place in the order of the end.
      named('state-store', state),
      // Stopped late: what the others do while they stop is in the trail.
      audit,
      ...this.#holding(),
      named('event-bus', bus),
      hub,
      this.#storage(),
      credentials,
      ...this.#transports(),
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
    const { files, segments, index, board, clock, log, phases } = this.#parts;
    const onReady = (): void => {
      phases.set('files', 'ready');
    };
    return new Storage({
      ...{ files, segments, index, board, clock, onReady },
      log: log.child({ component: 'storage' }),
      claim: this.#claim,
    });
  }

  /** The adapters that hold something, among those that need not. They are started before whoever uses them. */
  #holding(): Component[] {
    const { metrics, tool, sources, probes, grabbers } = this.#parts;
    const all = { 'metrics-sink': [metrics], 'media-tool': [tool] };
    const ofCameras = { 'device-event-source': sources, 'camera-probe': probes, 'frame-grabber': grabbers };
    return Object.entries({ ...all, ...ofCameras }).flatMap(([port, adapters]) =>
      (adapters as readonly Partial<Lifecycle>[]).flatMap((each) => (each.start ? [named(port, each)] : [])),
    );
  }

  #transports(): Component[] {
    const { transports, listeners, endpoint } = this.#parts;
    return [
      ...[listeners.api, listeners.health].map((each) => named(each.name, each, LISTENER_STOP_MS)),
      ...transports.map((transport) => ({
        name: transport.name,
        stopMs: TRANSPORT_STOP_MS,
        start: (signal: AbortSignal) => transport.start(endpoint, signal),
        stop: (signal: AbortSignal) => transport.stop(signal),
      })),
    ];
  }

  /** A component whose methods answer only while it is up. */
  #marked(component: Component, parts: readonly ServicePart[]): Component {
    const { phases } = this.#parts;
    return {
      ...named(component.name, component, component.stopMs),
      start: async (signal) => {
        await component.start(signal);
        for (const part of parts) phases.set(part, 'ready');
      },
    };
  }
}

function named(name: string, part: Partial<Lifecycle>, stopMs?: number): Component {
  return {
    name,
    ...(stopMs === undefined ? {} : { stopMs }),
    start: async (signal) => await part.start?.(signal),
    stop: async (signal) => await part.stop?.(signal),
  };
}
