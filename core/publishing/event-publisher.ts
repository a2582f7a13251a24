import type { HealthReport, MediaServer, MetricsSink } from '../../ports/index.js';
import type { ServiceError } from '../errors/service-error.js';
import type { Camera, CameraChange } from '../cameras/camera.js';
import type { HealthMonitor } from '../health/health-monitor.js';
import type { Job } from '../jobs/job.js';
import type { JobBoard } from '../jobs/job-board.js';
import type { RecordingChange } from '../recordings/recording-options.js';
import { totalBytes } from '../recordings/file-plan.js';
import type { CameraRegistry } from '../cameras/registry.js';
import type { HealthBoard } from '../health/health-board.js';
import type { RecordingService } from '../recordings/recording-service.js';
import type { EventHub } from '../events/hub.js';
import { formatsOf, isoTime, resolutionOf } from '../views/camera-view.js';
import type { SnapshotChange, SnapshotService } from '../snapshots/snapshot-service.js';
import type { StreamChange, StreamService } from '../streams/stream-service.js';

export interface EventPublisherDeps {
  readonly hub: EventHub;
  readonly registry: CameraRegistry;
  readonly streams: StreamService;
  readonly snapshots: SnapshotService;
  readonly recordings: RecordingService;
  readonly jobs: JobBoard;
  readonly media: MediaServer;
  readonly board: HealthBoard;
  readonly monitor: HealthMonitor;
  readonly metrics: MetricsSink;
}

/** Makes events and measurements of what happens inside. The only place that publishes. */
export class EventPublisher {
  readonly #deps: EventPublisherDeps;
  readonly #host: string;
  #lastStatus = '';

  /** @param host the name of this machine in the media URLs of events; each client has its own in the answers to its calls. */
  constructor(deps: EventPublisherDeps, host: string) {
    this.#deps = deps;
    this.#host = host;
  }

  /** Listens from here on. */
  connect(): void {
    const { hub, registry, streams, snapshots, recordings, jobs, board, monitor } = this.#deps;
    registry.changes.add((change) => {
      this.#camera(change);
    });
    streams.changes.add((change) => {
      this.#stream(change);
    });
    snapshots.changes.add((change) => {
      this.#snapshot(change);
    });
    recordings.changes.add((change) => {
      this.#recording(change);
    });
    jobs.changes.add((job) => {
      hub.publish(`${job.kind}.progress`, describeJob(job));
    });
    board.changes.add((report) => {
      this.#health(report);
    });
    monitor.storageLow.add(({ availableBytes, usedPercent }) => {
      hub.publish('storage.low', {
        available_bytes: availableBytes,
        usage_percentage: usedPercent,
      });
    });
  }

  #camera({ type, camera, previous = 'DISCONNECTED' }: CameraChange): void {
    const { hub } = this.#deps;
    const reason = camera.reason === undefined ? {} : { reason: camera.reason };
    if (type === 'connected') {
      hub.publish('camera.connected', {
        ...this.#describe(camera),
        formats: formatsOf(camera.capabilities),
      });
      if (camera.capabilities) {
        hub.publish('camera.capability_detected', {
          device: camera.id,
          formats: formatsOf(camera.capabilities),
        });
      }
    } else if (type === 'disconnected') {
      hub.publish('camera.disconnected', {
        device: camera.id,
        name: camera.name,
        status: camera.status,
        ...reason,
      });
    } else {
      hub.publish('camera.status_change', { ...this.#describe(camera), previous, ...reason });
    }
  }

  #describe(camera: Camera) {
    return {
      device: camera.id,
      name: camera.name,
      status: camera.status,
      source_kind: camera.source.kind,
      resolution: resolutionOf(camera.format),
      fps: camera.format?.fps ?? 0,
      streams: this.#deps.media.viewerUrls(camera.id, this.#host),
    };
  }

  #stream({ type, camera, reason }: StreamChange): void {
    const why = reason === undefined ? {} : { reason };
    this.#deps.hub.publish(`stream.${type}`, { device: camera, stream_name: camera, ...why });
    if (type === 'stopped' && this.#deps.streams.view(camera).status === 'ERROR') {
      this.#deps.metrics.count('camera_service_captures_restarts_total', { camera });
    }
  }

  #snapshot(change: SnapshotChange): void {
    const { hub } = this.#deps;
    if (change.type === 'failed') {
      hub.publish('snapshot.error', {
        device: change.camera,
        message: change.error.message,
        code: change.error.code,
      });
      return;
    }
    const { file, tier, captureTimeMs } = change.snapshot;
    hub.publish('snapshot.taken', {
      device: change.camera,
      filename: file.filename,
      file_size: file.sizeBytes,
      tier_used: tier,
    });
    this.#deps.metrics.count('camera_service_snapshots_total', { tier: String(tier) });
    this.#deps.metrics.observe('camera_service_snapshot_duration_seconds', captureTimeMs / 1_000);
  }

  #recording(change: RecordingChange): void {
    const { hub, recordings } = this.#deps;
    this.#deps.metrics.set('camera_service_recordings_active', recordings.all().length);
    if (change.type === 'failed') {
      hub.publish('recording.error', { device: change.camera, ...wordsOf(change.error) });
      return;
    }
    const { session } = change;
    const about = {
      device: session.camera,
      session_id: session.sessionId,
      filename: session.files[0]?.filename ?? '',
    };
    if (change.type === 'stalled') {
      hub.publish('recording.error', { ...about, ...wordsOf(change.error) });
      return;
    }
    const file_size = totalBytes(session);
    switch (change.type) {
      case 'started':
        hub.publish('recording.start', { ...about, format: session.format });
        break;
      case 'progress':
        hub.publish('recording.progress', { ...about, duration: change.seconds, file_size });
        break;
      case 'gap':
        this.#gap(change, about);
        break;
      case 'stopped': {
        const files = session.files.map((file) => file.filename);
        const { seconds: duration, reason } = change;
        hub.publish('recording.stop', { ...about, files, duration, file_size, reason });
      }
    }
  }

  #gap(
    { gap, filename }: Extract<RecordingChange, { type: 'gap' }>,
    about: { device: string; session_id: string },
  ): void {
    this.#deps.metrics.count('camera_service_recording_gaps_total', { camera: about.device });
    const times = {
      from: isoTime(gap.from),
      to: isoTime(gap.to),
      gap_seconds: (gap.to - gap.from) / 1_000,
      cause: gap.cause,
    };
    this.#deps.hub.publish('recording.gap', { ...about, ...times, filename });
  }

  /** Components come and go by the second; clients are told when the whole changes or a part changes its state. */
  #health({ status, components }: HealthReport): void {
    const states = JSON.stringify([
      status,
      Object.entries(components).map(([name, { state }]) => [name, state]),
    ]);
    if (states === this.#lastStatus) return;
    this.#lastStatus = states;
    this.#deps.hub.publish('system.health', { status, components });
  }
}

function describeJob({ jobId, camera, filename, state, secondsDone, totalSeconds, error }: Job) {
  const isKnown = totalSeconds !== undefined && totalSeconds > 0;
  return {
    ...{ device: camera, job_id: jobId, filename, state, seconds_done: secondsDone },
    ...(isKnown
      ? { total_seconds: totalSeconds, percent: Math.floor((100 * secondsDone) / totalSeconds) }
      : {}),
    ...(error === undefined ? {} : wordsOf(error)),
  };
}

/** What happened, where the error's own words are the same for all of its kind. */
function wordsOf({ code, message, data }: ServiceError): { readonly message: string; readonly code: string } {
  const detail = data['detail'];
  return { message: typeof detail === 'string' ? `${message}: ${detail}` : message, code };
}
