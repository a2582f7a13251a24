/** Tells the broker how the cameras are and what happens to them, from a start to its stop. */
import {
  connectService,
  type ClientRun,
  type ServiceClient,
  type ServiceEvent,
} from 'mediamtx-camera-service/kit';
import type { AdapterContext, CancelTimer, ServiceEndpoint } from 'mediamtx-camera-service/plugin-api';
import { Broker } from './broker.js';
import { Commands } from './commands.js';
import { discoveryOf, type CameraState } from './discovery.js';
import type { MqttOptions } from './options.js';
import { topicsBelow, type Topics } from './topics.js';

export const NAME = 'mqtt';

export type MqttParts = Pick<AdapterContext, 'clock' | 'log'>;

/** Events after which a camera may be different. */
const CHANGES = ['camera.*', 'recording.start', 'recording.stop', 'recording.error'];
/** A state that no event has told of is corrected after this time. */
const REFRESH_MS = 30_000;
const SNAPSHOT = 'snapshot.taken';

export class Bridge implements ClientRun {
  readonly #config: MqttOptions;
  readonly #parts: MqttParts;
  readonly #topics: Topics;
  readonly #broker: Broker;
  readonly #stopping = new AbortController();
  readonly #published = new Map<string, string>();
  #service: ServiceEndpoint | undefined;
  #client: ServiceClient | undefined;
  #commands: Commands | undefined;
  #isStale = false;
  #refreshing: Promise<void> | undefined;
  #cancelRefresh: CancelTimer = () => undefined;
  #isUp = false;

  constructor(config: MqttOptions, parts: MqttParts) {
    this.#config = config;
    this.#parts = parts;
    this.#topics = topicsBelow(config.prefix);
    this.#broker = new Broker({
      config,
      ...parts,
      topics: this.#topics,
      subscriptions: Commands.topics(config, this.#topics),
      hear: (topic, payload) => this.#commands?.receive(topic, payload),
      onConnected: () => {
        this.#published.clear();
        this.#refresh();
      },
    });
  }

  addresses(): readonly string[] {
    const { url, prefix } = this.#config;
    return this.#isUp ? [`${url} (${prefix}/#)`] : [];
  }

  async start(service: ServiceEndpoint, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    const { config, clock, log } = { config: this.#config, ...this.#parts };
    this.#service = service;
    const client = await connectService(
      {
        rpc: service.rpc,
        transport: NAME,
        credential: config.api_key,
        topics: [...new Set([...CHANGES, ...config.events, ...(config.images ? [SNAPSHOT] : [])])],
        clock,
        log,
        onEvent: (event) => this.#tell(event),
        onReturn: () => this.#refresh(),
      },
      either,
    );
    this.#client = client;
    this.#commands = new Commands({
      config,
      log,
      rpc: service.rpc,
      client,
      topics: this.#topics,
      publish: (message) => this.#broker.publish(message),
    });
    await this.#broker.start(either);
    this.#isUp = true;
  }

  async stop(): Promise<void> {
    this.#isUp = false;
    this.#stopping.abort(new Error('the transport is stopped'));
    this.#cancelRefresh();
    await this.#broker.stop();
    this.#client?.close();
    await this.#refreshing;
  }

  #tell(event: ServiceEvent): void {
    const { events, images } = this.#config;
    if (events.some((pattern) => matches(event.topic, pattern)))
      this.#broker.publish({
        topic: this.#topics.event(event.topic),
        payload: JSON.stringify(event),
        retain: false,
      });
    if (CHANGES.some((pattern) => matches(event.topic, pattern))) this.#refresh();
    if (images && event.topic === SNAPSHOT) void this.#publishImage(event);
  }

  /** What changes while the cameras are being asked for is seen by asking again. */
  #refresh(): void {
    this.#isStale = true;
    this.#refreshing ??= this.#refreshAll().finally(() => (this.#refreshing = undefined));
  }

  async #refreshAll(): Promise<void> {
    const { clock, log } = this.#parts;
    this.#cancelRefresh();
    while (this.#isStale && !this.#stopping.signal.aborted) {
      this.#isStale = false;
      try {
        const answer = await this.#client?.call('get_camera_list');
        for (const camera of (answer as { readonly cameras: readonly Listed[] }).cameras)
          this.#publish(camera);
      } catch (cause) {
        if (!this.#stopping.signal.aborted) log.warn('the cameras could not be listed', { cause });
      }
    }
    if (!this.#stopping.signal.aborted) this.#cancelRefresh = clock.after(REFRESH_MS, () => this.#refresh());
  }

  #publish(camera: Listed): void {
    const state = stateOf(camera);
    for (const { topic, config } of discoveryOf(state, this.#config, this.#topics))
      this.#publishOnce(topic, JSON.stringify(config));
    this.#publishOnce(this.#topics.state(state.device), JSON.stringify(state));
  }

  #publishOnce(topic: string, payload: string): void {
    if (this.#published.get(topic) === payload) return;
    this.#published.set(topic, payload);
    this.#broker.publish({ topic, payload, retain: true });
  }

  async #publishImage(event: ServiceEvent): Promise<void> {
    const { device, filename } = event;
    if (typeof device !== 'string' || typeof filename !== 'string' || !filename.endsWith('.jpg')) return;
    const { max_image_bytes: limit, api_key: credential } = this.#config;
    try {
      const opened = await this.#service?.files.open({
        kind: 'snapshots',
        filename,
        credential,
        address: `${NAME}:service`,
      });
      if (opened?.ok !== true) throw new Error(opened?.error.message);
      if (opened.file.sizeBytes > limit) throw new Error(`larger than ${String(limit)} bytes`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of opened.file.read()) chunks.push(chunk);
      this.#broker.publish({
        topic: this.#topics.image(device),
        payload: Buffer.concat(chunks),
        retain: true,
      });
    } catch (cause) {
      this.#parts.log.warn('a snapshot could not be published', { filename, cause });
    }
  }
}

interface Listed {
  readonly device: string;
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
  readonly resolution: string;
  readonly fps: number;
  readonly recording: boolean;
}

function stateOf({ device, name, status, reason, resolution, fps, recording }: Listed): CameraState {
  return {
    ...{ device, name, status, resolution, fps, recording: recording ? 'ON' : 'OFF' },
    ...(reason === undefined ? {} : { reason }),
  };
}

function matches(topic: string, pattern: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern;
}
