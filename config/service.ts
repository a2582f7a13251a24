import type { AwilixContainer } from 'awilix';
import { Storage } from '../core/files/storage.js';
import type { Roster } from '../core/lifecycle/roster.js';
import { Supervisor } from '../core/lifecycle/supervisor.js';
import type { ServicePart } from '../core/rpc/parts.js';
import type { Component, Lifecycle, ServiceEndpoint, Transport } from '../ports/index.js';
import type { Cradle } from './composition-root.js';
import type { LivePort, MadeAdapter, Rosters } from './live-ports.js';

const PARTS: readonly ServicePart[] = ['cameras', 'streams', 'snapshots', 'recordings', 'files'];

/** Calls and downloads under way may end in that time. */
const TRANSPORT_STOP_MS = 1_500;
const LISTENER_STOP_MS = 1_000;

/** The whole service: what is started in which order, and how it ends. */
export class Service {
  readonly #parts: Cradle;
  readonly #supervisor: Supervisor;
  /** The adapters that come and go, as far as they are components of their own. */
  readonly #components = new Map<object, Component>();
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
    await this.#supervisor.start(this.#order(), signal);
    board.started();
    hub.publish('system.startup', { version: about.version });
    log.info('service is up', {
      version: about.version,
      addresses: transports.all.flatMap((each) => each.addresses()),
    });
  }

  /**
   * Takes an adapter into use while the service runs.
   * @param index its place among the others of its port. @throws what its start threw; it is not in use then.
   */
  async admit({ port, adapter }: MadeAdapter, index: number, signal: AbortSignal): Promise<void> {
    const component = this.#componentOf(port, adapter);
    if (component !== undefined) await this.#supervisor.join(component, this.#parts.gate, signal);
    (this.#rosterOf(port) as Roster<unknown>).add(adapter, index);
  }

  /** Takes an adapter out of use: what goes on with it ends, and then it is stopped. Never rejects. */
  async dismiss({ port, adapter }: MadeAdapter): Promise<void> {
    await (this.#rosterOf(port) as Roster<unknown>).remove(adapter);
    const component = this.#components.get(adapter);
    this.#components.delete(adapter);
    if (component !== undefined) await this.#supervisor.leave(component);
  }

  #rosterOf(port: LivePort): Rosters[LivePort] {
    const { providers, sources, probes, grabbers, captures, decoders, transports } = this.#parts;
    const rosters: Rosters = {
      ...{ AuthProvider: providers, DeviceEventSource: sources, CameraProbe: probes },
      ...{ FrameGrabber: grabbers, Capture: captures, TelemetryDecoder: decoders, Transport: transports },
    };
    return rosters[port];
  }

  /** The adapter as a component of its own. `undefined` when it holds nothing, or a part of core starts it. */
  #componentOf(port: LivePort, adapter: MadeAdapter['adapter']): Component | undefined {
    const { endpoint } = this.#parts;
    const part = adapter as Partial<Lifecycle>;
    if (port === 'AuthProvider' || port === 'Capture' || part.start === undefined) return undefined;
    const component =
      port === 'Transport' ? serving(adapter as Transport, endpoint) : named(KEBAB[port], part);
    this.#components.set(adapter, component);
    return component;
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
  #order(): Component[] {
    const { state, audit, bus, hub, credentials, streams, gate, registry, recordings } = this.#parts;
    const { examiner, jobs, monitor, vitals, wishes } = this.#parts;
    return [
      // Up already, because the composition read secrets from it; here it has its place in the order of the end.
      named('state-store', state),
      // Stopped late: what the others do while they stop is in the trail.
      audit,
      ...this.#holding(),
      named('event-bus', bus),
      hub,
      // Known before the first file can be deleted.
      { name: 'retention-policy', start: () => wishes.load(), stop: () => Promise.resolve() },
      this.#storage(),
      credentials,
      ...this.#transports(),
      gate,
      // Stopped in reverse: captures end before the devices are let go of.
      this.#marked(registry, ['cameras']),
      this.#marked(streams, ['streams', 'snapshots']),
      this.#marked(recordings, ['recordings']),
      examiner,
      // Stopped first: the end of a recording may wait for one.
      jobs,
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
    const { metrics, tool } = this.#parts;
    const single = Object.entries({ 'metrics-sink': metrics, 'media-tool': tool });
    return [
      ...single.flatMap(([port, each]) => (each.start ? [named(port, each)] : [])),
      ...this.#componentsOf('DeviceEventSource', 'CameraProbe', 'FrameGrabber', 'TelemetryDecoder'),
    ];
  }

  #componentsOf(...ports: readonly LivePort[]): Component[] {
    return ports.flatMap((port) =>
      this.#rosterOf(port).all.flatMap((each) => this.#componentOf(port, each) ?? []),
    );
  }

  #transports(): Component[] {
    const { listeners } = this.#parts;
    return [
      ...[listeners.api, listeners.health].map((each) => named(each.name, each, LISTENER_STOP_MS)),
      ...this.#componentsOf('Transport'),
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

const KEBAB = {
  CameraProbe: 'camera-probe',
  DeviceEventSource: 'device-event-source',
  FrameGrabber: 'frame-grabber',
  TelemetryDecoder: 'telemetry-decoder',
} as const;

function serving(transport: Transport, endpoint: ServiceEndpoint): Component {
  return {
    name: transport.name,
    stopMs: TRANSPORT_STOP_MS,
    start: (signal) => transport.start(endpoint, signal),
    stop: (signal) => transport.stop(signal),
  };
}

function named(name: string, part: Partial<Lifecycle>, stopMs?: number): Component {
  return {
    name,
    ...(stopMs === undefined ? {} : { stopMs }),
    start: async (signal) => await part.start?.(signal),
    stop: async (signal) => await part.stop?.(signal),
  };
}
