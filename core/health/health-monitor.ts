import type {
  Capacity,
  Capture,
  Clock,
  Component,
  FileStore,
  Logger,
  MediaServer,
  MetricsSink,
} from '../../ports/index.js';
import type { CameraRegistry } from '../cameras/registry.js';
import { withDeadline } from '../lifecycle/deadline.js';
import { Listeners } from '../lifecycle/listeners.js';
import { pause } from '../lifecycle/pause.js';
import type { Roster } from '../lifecycle/roster.js';
import { Pulse } from '../lifecycle/pulse.js';
import type { HealthBoard } from './health-board.js';

export interface MonitorOptions {
  /** Between two looks while nothing happens. */
  readonly intervalMs: number;
  /** Below this many free bytes storage counts as low. */
  readonly lowSpaceBytes: number;
  /** Once it was low, storage counts as low until so many bytes are free. */
  readonly enoughSpaceBytes: number;
}

export interface MonitorDeps {
  readonly board: HealthBoard;
  readonly registry: CameraRegistry;
  readonly media: MediaServer;
  readonly captures: Roster<Capture>;
  readonly credentials: { report(): void };
  readonly files: FileStore;
  readonly metrics: MetricsSink;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface StorageLow {
  readonly availableBytes: number;
  readonly usedPercent: number;
}

/** A program that is asked for its version. */
const CHECK_LIMIT_MS = 15_000;
/** After something has happened it is looked more often for a while: what follows from it shows later. */
const LOW =
  'little free space is left: recordings stop when it is used up; delete recordings or set a retention policy';
const LIVELY_MS = 5_000;
const LIVELY_INTERVAL_MS = 1_000;
const HEARING = { speaks: 'reports events', watches: 'is ready', silent: 'reports no events' } as const;

/** Looks at everything that does not say by itself how it is. */
export class HealthMonitor implements Component {
  readonly name = 'health-monitor';
  readonly storageLow: Listeners<StorageLow>;
  /** Called at each look with the free space. */
  readonly space: Listeners<Capacity>;
  readonly #options: MonitorOptions;
  readonly #deps: MonitorDeps;
  readonly #stopping = new AbortController();
  readonly #news = new Pulse();
  #livelyUntil = 0;
  #offNews: () => void = () => undefined;
  #isLow = false;
  #offCaptures: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  readonly #asking = new Set<Promise<void>>();
  /** What those captures that have been asked have said. */
  readonly #troubles = new Map<Capture, string | undefined>();

  constructor(options: MonitorOptions, deps: MonitorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.storageLow = new Listeners(deps.log);
    this.space = new Listeners(deps.log);
  }

  async start(): Promise<void> {
    const { registry } = this.#deps;
    const offs = [registry.changes, registry.sourceChanges].map((changes) => changes.add(this.#onNews));
    this.#offNews = () => {
      for (const off of offs) off();
    };
    await this.look();
    const { signal } = this.#stopping;
    this.#offCaptures = this.#deps.captures.follow((capture) => this.#captureJoined(capture, signal));
    this.#running = this.#run(signal);
  }

  async stop(): Promise<void> {
    this.#offNews();
    this.#offCaptures();
    this.#stopping.abort();
    await Promise.all([this.#running, ...this.#asking]);
  }

  /** Looks once. */
  async look(): Promise<void> {
    this.mediaServer();
    this.#sources();
    this.#cameras();
    this.#deps.credentials.report();
    await this.#storage();
  }

  /** Whether so little free space counts as low. Once it does, somewhat more must be free before it does not. */
  isLowWith(availableBytes: number): boolean {
    const { lowSpaceBytes, enoughSpaceBytes } = this.#options;
    return availableBytes < (this.#isLow ? Math.max(lowSpaceBytes, enoughSpaceBytes) : lowSpaceBytes);
  }

  mediaServer(): void {
    const { status, reason } = this.#deps.media.state();
    const state = status === 'ready' ? 'ok' : status === 'starting' ? 'starting' : 'down';
    this.#deps.board.set('media-server', state, { reason });
    this.#deps.metrics.set('camera_service_media_server_up', status === 'ready' ? 1 : 0);
  }

  /** Says of each source whether it works, and of those that do, which of them speak. */
  #sources(): void {
    const { registry } = this.#deps;
    const states = [...registry.sourceStates.values()];
    const failed = states.filter((state) => !state.isWatching);
    const words = states.map(({ name, isWatching, reason = 'not watching' }) => {
      const { state, wasFirst } = registry.hearing(name);
      if (!isWatching) return `${name} is not working (${reason})`;
      return `${name} ${HEARING[state]}${wasFirst ? ' and was the first to report the last change' : ''}`;
    });
    const state = failed.length === 0 ? 'ok' : failed.length === states.length ? 'down' : 'degraded';
    this.#deps.board.set('device-sources', state, words.length === 0 ? {} : { reason: words.join('; ') });
  }

  /** What it needs on this machine changes so seldom that it is looked at once. */
  #captureJoined(capture: Capture, signal: AbortSignal): () => void {
    if (capture.trouble === undefined) return () => undefined;
    const asking = this.#ask(capture, signal).then((trouble) => {
      this.#asking.delete(asking);
      if (signal.aborted || !this.#deps.captures.all.includes(capture)) return;
      if (trouble !== undefined)
        this.#deps.log.warn('a capture is not working correctly', { reason: trouble });
      this.#troubles.set(capture, trouble);
      this.#tellTroubles();
    });
    this.#asking.add(asking);
    return () => {
      this.#troubles.delete(capture);
      this.#tellTroubles();
    };
  }

  async #ask(capture: Capture, signal: AbortSignal): Promise<string | undefined> {
    const ask = async (inner: AbortSignal): Promise<string | undefined> => await capture.trouble?.(inner);
    return await withDeadline(this.#deps.clock, CHECK_LIMIT_MS, ask, signal).catch(
      (cause: unknown) =>
        `${capture.name} could not be checked: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }

  #tellTroubles(): void {
    const reasons = [...this.#troubles.values()].filter((trouble) => trouble !== undefined);
    if (reasons.length === 0) this.#deps.board.set('capture', 'ok');
    else this.#deps.board.set('capture', 'degraded', { reason: reasons.join('; ') });
  }

  #cameras(): void {
    const cameras = this.#deps.registry.list();
    const bad = cameras.filter((camera) => camera.status === 'ERROR');
    const reason = bad.map((camera) => `${camera.id}: ${camera.reason ?? 'error'}`).join('; ');
    this.#deps.board.set('cameras', bad.length > 0 ? 'degraded' : 'ok', reason === '' ? {} : { reason });
    for (const status of ['CONNECTED', 'DISCONNECTED', 'BUSY', 'ERROR']) {
      const count = cameras.filter((camera) => camera.status === status).length;
      this.#deps.metrics.set('camera_service_cameras', count, { status });
    }
  }

  async #storage(): Promise<void> {
    try {
      const capacity = await this.#deps.files.capacity();
      const { availableBytes, totalBytes } = capacity;
      this.#deps.metrics.set('camera_service_storage_available_bytes', availableBytes);
      const isLow = this.isLowWith(availableBytes);
      if (isLow && !this.#isLow) {
        const usedPercent = Math.round((1 - availableBytes / Math.max(1, totalBytes)) * 1_000) / 10;
        this.storageLow.emit({ availableBytes, usedPercent });
      }
      this.#isLow = isLow;
      this.#deps.board.set('storage', isLow ? 'degraded' : 'ok', {
        isVital: true,
        reason: isLow ? LOW : undefined,
      });
      this.space.emit(capacity);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#deps.board.set('storage', 'down', { isVital: true, reason });
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isLively = this.#deps.clock.monotonicMs() < this.#livelyUntil;
      const { intervalMs } = this.#options;
      const ms = isLively ? Math.min(intervalMs, LIVELY_INTERVAL_MS) : intervalMs;
      await pause(this.#deps.clock, { ms, pulse: this.#news }, signal);
      if (!signal.aborted) await this.look();
    }
  }

  readonly #onNews = (): void => {
    const now = this.#deps.clock.monotonicMs();
    const isLively = now < this.#livelyUntil;
    this.#livelyUntil = now + LIVELY_MS;
    // One look for many news: the next one is near.
    if (!isLively) this.#news.fire();
  };
}
