/** Core with memory adapters around it, on a clock that the test moves. */
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { createMemoryProbe, type MemoryProbe } from '../../adapters/camera-probe/memory/memory-probe.js';
import { createMemoryCapture, type MemoryCapture } from '../../adapters/capture/memory/memory-capture.js';
import { createManualClock, type ManualClock } from '../../adapters/clock/manual/manual-clock.js';
import {
  createMemorySource,
  type MemoryDeviceSource,
} from '../../adapters/device-event-source/memory/memory-source.js';
import {
  createMemoryFileStore,
  type MemoryFileStore,
} from '../../adapters/file-store/memory/memory-file-store.js';
import {
  createMemoryGrabber,
  type MemoryGrabber,
} from '../../adapters/frame-grabber/memory/memory-grabber.js';
import { createMemoryLogger, type MemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import {
  createMemoryMediaServer,
  type MemoryMediaServer,
} from '../../adapters/media-server/memory/memory-media-server.js';
import { createMemoryMediaTool } from '../../adapters/media-tool/memory/memory-media-tool.js';
import {
  createMemorySegmentLog,
  type MemorySegmentLog,
} from '../../adapters/segment-log/memory/memory-segment-log.js';
import {
  createMemoryStateStore,
  type MemoryStateStore,
} from '../../adapters/state-store/memory/memory-state-store.js';
import { Roster } from '../../core/lifecycle/roster.js';
import type { Camera, CameraChange } from '../../core/cameras/camera.js';
import type { AssignmentRule } from '../../core/cameras/identity.js';
import { CameraRegistry } from '../../core/cameras/registry.js';
import type { Job } from '../../core/jobs/job.js';
import { JobBoard } from '../../core/jobs/job-board.js';
import type { Digest } from '../../core/state/kept-document.js';
import { HealthBoard } from '../../core/health/health-board.js';
import { FileIndex } from '../../core/files/file-index.js';
import type { Sha256 } from '../../core/integrity/file-hasher.js';
import { FileExaminer } from '../../core/integrity/file-examiner.js';
import type { RecordingChange, RecordingOptions } from '../../core/recordings/recording-options.js';
import { RecordingService } from '../../core/recordings/recording-service.js';
import { RetentionStore } from '../../core/retention/retention-store.js';
import type { RetentionPolicies } from '../../core/retention/policy.js';
import type { SnapshotOptions } from '../../core/snapshots/snapshot-options.js';
import { SnapshotService, type SnapshotChange } from '../../core/snapshots/snapshot-service.js';
import type { StreamOptions } from '../../core/streams/stream-options.js';
import { StreamService, type StreamChange } from '../../core/streams/stream-service.js';
import type { CameraProbe, DeviceEventSource } from '../../ports/index.js';
import type {
  Capture,
  CutRequest,
  FrameGrabber,
  IntegrityReport,
  MediaServer,
  MediaServerHooks,
  MediaTool,
  SourceDescriptor,
} from '../../ports/index.js';
import { type PortError } from '../../ports/index.js';

export const STREAM_OPTIONS: StreamOptions = {
  idleTimeoutMs: 60_000,
  viewerGraceMs: 15_000,
  autoCloseMs: 300_000,
  snapshotLingerMs: 60_000,
  stallTimeoutMs: 3_000,
  startTimeoutMs: 10_000,
  stopGraceMs: 2_000,
  retryFirstMs: 500,
  retryMaxMs: 15_000,
  tapFps: 5,
  pollMs: 1_000,
  prewarm: [],
};
const SNAPSHOT_OPTIONS: SnapshotOptions = {
  warmUpFrames: 3,
  tapFps: 5,
  lingerMs: 60_000,
  timeoutMs: 8_000,
  reserveBytes: 1_000,
};
const RECORDING_OPTIONS: RecordingOptions = {
  startTimeoutMs: 10_000,
  reserveBytes: 1_000,
  progressMs: 5_000,
  watchMs: 500,
  stallMs: 5_000,
  convertWaitMs: 10_000,
};

export interface WorldOptions {
  readonly streams?: Partial<StreamOptions>;
  readonly snapshots?: Partial<SnapshotOptions>;
  readonly recordings?: Partial<RecordingOptions>;
  readonly assignments?: readonly AssignmentRule[];
  /** The configured policies. */
  readonly retention?: RetentionPolicies;
  readonly capacityBytes?: number;
  /** What a run before this one has left. */
  readonly state?: MemoryStateStore;
  readonly segments?: MemorySegmentLog;
  readonly store?: MemoryFileStore;
  readonly clock?: ManualClock;
  /** Captures deliver nothing by themselves. */
  readonly picturesOnlyWhenTold?: boolean;
  readonly grabbers?: (clock: ManualClock) => readonly FrameGrabber[];
  /** Puts something between core and the media server. */
  readonly media?: (good: MemoryMediaServer) => MediaServer;
}

/** A camera of the world; `port` and `serial` tell it from others of its model. */
export function device(number: number, hints: Partial<SourceDescriptor['hints']> = {}): SourceDescriptor {
  return {
    key: `memory:${String(number)}`,
    kind: 'memory',
    locator: `memory-${String(number)}`,
    name: `Camera ${String(number)}`,
    hints: { vendorId: 'f055', productId: '0001', serial: `M${String(number)}`, ...hints },
  };
}

export const digest: Digest = (text) => createHash('sha256').update(text).digest('hex');

const sha256 = (): Sha256 => {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
};

export class CoreWorld {
  readonly clock: ManualClock;
  readonly log: MemoryLogger = createMemoryLogger();
  readonly state: MemoryStateStore;
  readonly segments: MemorySegmentLog;
  readonly store: MemoryFileStore;
  readonly source: MemoryDeviceSource = createMemorySource();
  readonly probe: MemoryProbe = createMemoryProbe();
  readonly capture: MemoryCapture;
  readonly captures: Roster<Capture>;
  readonly grabber: MemoryGrabber;
  readonly memory: MemoryMediaServer;
  readonly media: MediaServer;
  readonly board: HealthBoard;
  readonly tool = new WorldTool();
  readonly registry: CameraRegistry;
  readonly streams: StreamService;
  readonly index: FileIndex;
  readonly snapshots: SnapshotService;
  readonly jobs: JobBoard;
  readonly recordings: RecordingService;
  readonly examiner: FileExaminer;
  readonly wishes: RetentionStore;
  readonly cameraChanges: CameraChange[] = [];
  readonly streamChanges: StreamChange[] = [];
  readonly snapshotChanges: SnapshotChange[] = [];
  readonly recordingChanges: RecordingChange[] = [];
  readonly jobChanges: Job[] = [];
  /** Real time between two steps, for work that other threads do. */
  pauseMs = 0;
  readonly #gone = new AbortController();

  constructor(options: WorldOptions = {}) {
    const clock = (this.clock = options.clock ?? createManualClock());
    const log = this.log;
    this.state = options.state ?? createMemoryStateStore();
    const size = options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes };
    const store = (this.store = options.store ?? withPaths(createMemoryFileStore(size, { clock })));
    this.tool.store = store;
    const pace = options.picturesOnlyWhenTold === true ? {} : { fps: 10 };
    this.capture = createMemoryCapture({ kinds: ['memory'], ...pace }, { clock });
    this.grabber = createMemoryGrabber({ kinds: ['memory'], tier: 0 }, { clock });
    this.memory = createMemoryMediaServer({ append: (name, bytes) => append(store, name, bytes) }, { clock });
    this.media = options.media?.(this.memory) ?? this.memory;
    const { media, tool, state } = this;
    const captures = (this.captures = new Roster([publishing(this.capture, this.memory)]));
    const grabbers = new Roster(options.grabbers?.(clock) ?? [this.grabber]);
    this.registry = new CameraRegistry(
      {
        debounceMs: 50,
        probeTimeoutMs: 5_000,
        probeRetryMs: 5_000,
        busyCheckMs: 1_000,
        wish: { size: { width: 1280, height: 720 }, fps: 30, encodePixelsPerSecond: 60_000_000 },
        assignments: options.assignments ?? [],
      },
      {
        ...{
          sources: new Roster<DeviceEventSource>([this.source]),
          probes: new Roster<CameraProbe>([this.probe]),
        },
        ...{ grabbers, captures, state, clock, log, digest },
      },
    );
    this.streams = new StreamService(
      { ...STREAM_OPTIONS, ...options.streams },
      { registry: this.registry, captures, media, clock, log },
    );
    const segments = (this.segments = options.segments ?? createMemorySegmentLog());
    this.index = new FileIndex({ files: store, segments, state, clock, log });
    const shared = { streams: this.streams, files: store, index: this.index, tool, clock, log };
    this.snapshots = new SnapshotService(
      { ...SNAPSHOT_OPTIONS, ...options.snapshots },
      { ...shared, grabbers },
    );
    this.board = new HealthBoard({ clock, log });
    let ids = 0;
    const newId = (): string => `session-${String((ids += 1))}`;
    const jobs = (this.jobs = new JobBoard({ concurrent: 1 }, { clock, log, newId }));
    this.recordings = new RecordingService(
      { ...RECORDING_OPTIONS, ...options.recordings },
      { ...shared, media, state, jobs, board: this.board, newId, digest },
    );
    this.wishes = new RetentionStore(options.retention ?? { cameras: {} }, { state, log, digest });
    this.examiner = new FileExaminer({
      ...{ files: store, index: this.index, tool, recorded: this.recordings.recorded },
      ...{ board: this.board, clock, log, sha256 },
    });
    this.registry.changes.add((change) => this.cameraChanges.push(change));
    this.streams.changes.add((change) => this.streamChanges.push(change));
    this.snapshots.changes.add((change) => this.snapshotChanges.push(change));
    this.jobs.changes.add((job) => this.jobChanges.push(job));
    this.recordings.changes.add((change) => this.recordingChanges.push(change));
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Brings everything up, in the order of the service. */
  async start(hooks: Partial<MediaServerHooks> = {}): Promise<this> {
    await this.wishes.load();
    await this.index.load();
    const all = {
      authorize: () => Promise.resolve(true),
      stateChanged: this.streams.mediaChanged.bind(this.streams),
      ...hooks,
    };
    await this.memory.start(all, this.signal);
    await this.streams.start();
    await this.registry.start();
    await this.recordings.start();
    await this.clock.advance(0);
    return this;
  }

  async stop(): Promise<void> {
    const stopping = async (): Promise<void> => {
      await this.jobs.stop();
      await this.recordings.stop(this.signal);
      await this.registry.stop();
      await this.streams.stop();
      await this.memory.stop(this.signal);
    };
    await this.during(stopping());
  }

  /** Plugs a camera in and waits until it is announced. */
  async plug(number = 1, hints: Partial<SourceDescriptor['hints']> = {}): Promise<Camera> {
    const source = device(number, hints);
    this.source.control.plug(source);
    await this.clock.advance(100);
    const camera = this.registry.list().find((each) => each.source.key === source.key);
    if (!camera) throw new Error(`camera ${String(number)} was not announced`);
    return camera;
  }

  async unplug(number = 1): Promise<void> {
    this.source.control.unplug(`memory:${String(number)}`);
    await this.clock.advance(0);
  }

  /** Moves the clock until the work is done. */
  async during<T>(work: Promise<T>, limitMs = 120_000): Promise<T> {
    let isDone = false;
    const watched = work.finally(() => (isDone = true));
    watched.catch(() => undefined);
    await this.clock.advance(0);
    for (let passed = 0; !isDone && passed < limitMs; passed += 50) {
      if (this.pauseMs > 0) await setTimeout(this.pauseMs);
      await this.clock.advance(50);
    }
    if (!isDone) throw new Error(`not done after ${String(limitMs)} ms`);
    return await watched;
  }

  /** What the work failed with. */
  async failure(work: Promise<unknown>): Promise<{ code: string; data: Record<string, unknown> }> {
    try {
      await this.during(work);
    } catch (cause) {
      return cause as { code: string; data: Record<string, unknown> };
    }
    throw new Error('it did not fail');
  }

  async files(kind: 'recordings' | 'snapshots' = 'recordings'): Promise<string[]> {
    return (await this.store.list(kind)).map((file) => file.filename).sort();
  }
}

/** Measures every file; what is said of a path with `control.set` counts more. */
class WorldTool implements MediaTool {
  readonly #memory = createMemoryMediaTool();
  readonly name = 'world';
  readonly control = this.#memory.control;
  readonly remuxed: string[] = [];
  store: MemoryFileStore | undefined;
  durationSeconds = 5;
  remuxError: PortError | undefined;
  /** What a conversion waits for; rejects when it is given up. */
  remuxing: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly shown: string[] = [];
  frameAt: MediaTool['frameAt'] = async ({ path, atSeconds, width = 64 }, signal) => {
    this.shown.push(`${path.slice(path.lastIndexOf('/') + 1)} ${String(atSeconds)} ${String(width)}`);
    await this.remuxing?.(signal);
    if (this.remuxError) throw this.remuxError;
    return { bytes: new Uint8Array(100), width, height: 48 };
  };

  /** What was asked for; the parts are taken as they are. */
  readonly cuts: CutRequest[] = [];
  cut: MediaTool['cut'] = async (request, signal) => {
    this.cuts.push(request);
    await this.remuxing?.(signal);
    if (this.remuxError) throw this.remuxError;
    this.store?.place('recordings', request.to.slice(request.to.lastIndexOf('/') + 1), new Uint8Array(50));
    return { parts: request.parts.map(({ from, to }) => ({ from, to, frames: 30 * (to - from) })) };
  };
  convertStill = this.#memory.convertStill.bind(this.#memory);

  inspect: MediaTool['inspect'] = async (path, signal) => {
    if (this.control.get(path) !== undefined) return await this.#memory.inspect(path, signal);
    const { durationSeconds } = this;
    return { format: 'fmp4', codec: 'h264', width: 64, height: 48, durationSeconds };
  };

  frames: MediaTool['frames'] = async (path, from, signal) => {
    if (this.control.get(path) !== undefined) return await this.#memory.frames(path, from, signal);
    return { pauses: [], position: from ?? { byte: 0, seconds: 0, interval: 0 } };
  };

  /** By file name. Every other file is intact, and so is one that has another size by then. */
  readonly damage = new Map<string, IntegrityReport>();
  integrity: MediaTool['integrity'] = async (path, signal) => {
    signal.throwIfAborted();
    const filename = path.slice(path.lastIndexOf('/') + 1);
    const { sizeBytes = 0 } = (await this.store?.stat('recordings', filename)) ?? {};
    const damage = this.damage.get(filename);
    if (damage?.sizeBytes === sizeBytes) return damage;
    const intact = [{ first: 0, last: sizeBytes - 1 }];
    return { format: 'fmp4', sizeBytes, complete: true, intact, problems: [] };
  };

  remux: MediaTool['remux'] = async ({ to, onProgress }, signal) => {
    onProgress?.(1);
    await this.remuxing?.(signal);
    if (this.remuxError) throw this.remuxError;
    const filename = to.slice(to.lastIndexOf('/') + 1);
    this.remuxed.push(filename);
    this.store?.place('recordings', filename, new Uint8Array(100));
  };
}

/** The store of the world as if it were a folder, so that tools get paths. */
function withPaths(store: MemoryFileStore): MemoryFileStore {
  return { ...store, supports: { ...store.supports, paths: true }, directory: (kind) => `/store/${kind}` };
}

async function append(store: MemoryFileStore, filename: string, bytes: Uint8Array): Promise<void> {
  const parts: Uint8Array[] = [];
  if ((await store.list('recordings')).some((file) => file.filename === filename))
    for await (const chunk of store.read('recordings', filename)) parts.push(chunk);
  store.place('recordings', filename, Buffer.concat([...parts, bytes]));
}

/** A capture whose pictures reach the media server. */
function publishing(capture: MemoryCapture, media: MemoryMediaServer): Capture {
  return {
    ...capture,
    start: async (job, signal) => {
      const session = await capture.start(job, signal);
      const publisher = media.control.publish(job.publishUrl);
      void session.ended.then(() => publisher?.stop());
      if (!publisher) capture.control.end(job.camera, 'publish_failed');
      return session;
    },
  };
}
