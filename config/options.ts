import { availableParallelism } from 'node:os';
import type { LoginThrottleOptions } from '../core/auth/login-throttle.js';
import type { RegistryOptions } from '../core/cameras/registry.js';
import type { FormatWish } from '../core/cameras/choose-format.js';
import type { AssignmentRule } from '../core/cameras/identity.js';
import type { JobOptions } from '../core/jobs/job-board.js';
import type { PreviewOptions } from '../core/library/previews.js';
import type { ClipOptions } from '../core/library/clip-service.js';
import type { MonitorOptions } from '../core/health/health-monitor.js';
import type { RecordingOptions } from '../core/recordings/recording-options.js';
import type { RetentionPolicies } from '../core/retention/policy.js';
import type { RetentionOptions } from '../core/retention/retention-service.js';
import type { DispatcherOptions } from '../core/rpc/dispatch.js';
import type { SnapshotOptions } from '../core/snapshots/snapshot-options.js';
import type { StreamOptions } from '../core/streams/stream-options.js';
import type { RpcLimits } from '../ports/index.js';
import type { Config } from './load.js';
import { retentionPolicies } from './retention.js';

/** The options of the parts of core, from the configuration. The loader has checked every value. */
export interface CoreOptions {
  readonly cameras: RegistryOptions;
  readonly streams: StreamOptions;
  readonly snapshots: SnapshotOptions;
  readonly recordings: RecordingOptions;
  readonly jobs: JobOptions;
  readonly clips: ClipOptions;
  readonly previews: PreviewOptions;
  readonly monitor: MonitorOptions;
  readonly retention: RetentionOptions & { readonly policies: RetentionPolicies };
  readonly limits: RpcLimits;
  readonly dispatcher: DispatcherOptions;
  readonly login: LoginThrottleOptions;
  readonly ticketSeconds: number;
  readonly node: string;
  readonly publicHost: string;
  readonly maxCameras: number;
  readonly stopBudgetMs: number;
  readonly checks: boolean;
}

export function coreOptions(config: Config): CoreOptions {
  const number = (key: string): number => config.get(key) as number;
  return {
    cameras: cameraOptions(config),
    streams: streamOptions(config),
    snapshots: {
      warmUpFrames: number('snapshots.warm_up_frames'),
      timeoutMs: number('snapshots.timeout_ms'),
      reserveBytes: number('snapshots.reserve_bytes'),
      tapFps: number('streams.tap_fps'),
      lingerMs: number('streams.snapshot_linger_ms'),
    },
    recordings: {
      startTimeoutMs: number('recordings.start_timeout_ms'),
      reserveBytes: number('recordings.reserve_bytes'),
      progressMs: number('recordings.progress_ms'),
      watchMs: number('recordings.watch_ms'),
      stallMs: number('recordings.stall_ms'),
      convertWaitMs: number('recordings.convert_wait_ms'),
    },
    ...jobOptions(config),
    monitor: monitorOptions(number),
    retention: retentionOptions(config),
    limits: limitOptions(config),
    dispatcher: dispatcherOptions(config),
    login: {
      freeFailures: number('login.free_failures'),
      firstPauseMs: number('login.first_pause_ms'),
      longestPauseMs: number('login.longest_pause_ms'),
    },
    ticketSeconds: number('rpc.ticket_seconds'),
    node: config.get('service.node') as string,
    publicHost: config.get('service.public_host') as string,
    maxCameras: number('service.max_cameras'),
    stopBudgetMs: number('service.stop_timeout_ms'),
    checks: config.get('service.check_results') as boolean,
  };
}

function monitorOptions(number: (key: string) => number): MonitorOptions {
  const lowSpaceBytes = number('recordings.low_space_bytes');
  const enough = number('recordings.enough_space_bytes');
  return {
    intervalMs: number('service.health_interval_ms'),
    lowSpaceBytes,
    enoughSpaceBytes: enough > 0 ? enough : lowSpaceBytes * 1.1,
  };
}

function retentionOptions(config: Config): CoreOptions['retention'] {
  return {
    policies: retentionPolicies((key) => config.get(key)),
    intervalMs: config.get('retention.interval_ms') as number,
    reserveBytes: config.get('recordings.reserve_bytes') as number,
  };
}

function jobOptions(config: Config): Pick<CoreOptions, 'jobs' | 'clips' | 'previews'> {
  const number = (key: string): number => config.get(`recordings.${key}`) as number;
  return {
    jobs: { concurrent: number('concurrent_jobs') },
    previews: { cacheBytes: number('thumbnail_cache_bytes') },
    clips: { maxSeconds: number('export_max_seconds'), reserveBytes: number('reserve_bytes') },
  };
}

/** A processor of 2.5 GHz was seen to decode and encode 67 (noise) to 150 (test pattern) million: others need it too. */
const PIXELS_PER_PROCESSOR = 30_000_000;

function cameraOptions(config: Config): RegistryOptions {
  const cameras = config.section('cameras') as Record<string, number>;
  return {
    debounceMs: cameras['debounce_ms'] ?? 0,
    probeTimeoutMs: cameras['probe_timeout_ms'] ?? 0,
    probeRetryMs: cameras['probe_retry_ms'] ?? 0,
    busyCheckMs: cameras['busy_check_ms'] ?? 0,
    wish: formatWish(cameras),
    assignments: config.get('cameras.assignments') as AssignmentRule[],
  };
}

function formatWish(cameras: Readonly<Record<string, number>>): FormatWish {
  const { width = 0, height = 0, fps = 0, encode_pixels_per_second: configured = 0 } = cameras;
  return {
    ...(width > 0 && height > 0 ? { size: { width, height } } : {}),
    ...(fps > 0 ? { fps } : {}),
    encodePixelsPerSecond: configured > 0 ? configured : availableParallelism() * PIXELS_PER_PROCESSOR,
  };
}

function streamOptions(config: Config): StreamOptions {
  const number = (key: string): number => config.get(`streams.${key}`) as number;
  return {
    idleTimeoutMs: number('idle_timeout_ms'),
    viewerGraceMs: number('viewer_grace_ms'),
    autoCloseMs: number('auto_close_ms'),
    snapshotLingerMs: number('snapshot_linger_ms'),
    stallTimeoutMs: number('stall_timeout_ms'),
    startTimeoutMs: number('start_timeout_ms'),
    stopGraceMs: number('stop_grace_ms'),
    retryFirstMs: number('retry_first_ms'),
    retryMaxMs: number('retry_max_ms'),
    tapFps: number('tap_fps'),
    pollMs: number('poll_ms'),
    prewarm: config.get('streams.prewarm') as string[],
  };
}

function limitOptions(config: Config): RpcLimits {
  const number = (key: string): number => config.get(key) as number;
  return {
    messageBytes: number('rpc.message_bytes'),
    batchItems: number('rpc.batch_items'),
    inFlight: number('rpc.in_flight'),
    outboundBytes: number('rpc.outbound_bytes'),
  };
}

function dispatcherOptions(config: Config): DispatcherOptions {
  const number = (key: string): number => config.get(key) as number;
  return {
    perPrincipal: { perMinute: number('rpc.requests_per_minute'), burst: number('rpc.request_burst') },
    perAddress: {
      perMinute: number('rpc.address_requests_per_minute'),
      burst: number('rpc.address_request_burst'),
    },
    checkResults: config.get('service.check_results') as boolean,
  };
}
