import type { MetricDeclaration } from '../../ports/metrics-sink.js';

const CALL_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];
const SNAPSHOT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Every metric of the service. */
export const CATALOGUE = [
  counter(
    'camera_service_rpc_requests_total',
    'Number of calls by method and outcome (ok, cancelled or the error code).',
    ['method', 'outcome'],
  ),
  histogram('camera_service_rpc_duration_seconds', 'Time from the arrival of a call to its outcome.', {
    labels: ['method'],
    buckets: CALL_BUCKETS,
  }),
  gauge('camera_service_sessions_active', 'Number of open client sessions.', ['transport']),
  counter('camera_service_events_published_total', 'Number of events published by this node.', ['topic']),
  counter(
    'camera_service_notifications_dropped_total',
    'Number of notifications that were not sent, by reason.',
    ['reason'],
  ),
  counter(
    'camera_service_plugin_requests_total',
    'Number of HTTP requests to routes of plugins by plugin and outcome (ok, cancelled or the error code).',
    ['plugin', 'outcome'],
  ),
  gauge('camera_service_cameras', 'Number of known cameras by status.', ['status']),
  counter('camera_service_captures_restarts_total', 'Number of captures restarted after an unexpected end.', [
    'camera',
  ]),
  counter('camera_service_snapshots_total', 'Number of snapshots by the method used to take them.', ['tier']),
  histogram('camera_service_snapshot_duration_seconds', 'Time from the request to the stored snapshot.', {
    labels: [],
    buckets: SNAPSHOT_BUCKETS,
  }),
  gauge('camera_service_recordings_active', 'Number of running recordings.'),
  counter('camera_service_recording_gaps_total', 'Number of gaps in recordings.', ['camera']),
  counter(
    'camera_service_audit_entries_lost_total',
    'Number of audit trail entries that could not be written.',
  ),
  gauge('camera_service_media_server_up', '1 while the media server responds, otherwise 0.'),
  gauge('camera_service_storage_available_bytes', 'Free space for recordings and snapshots.'),
  gauge('camera_service_process_memory_bytes', 'Resident memory of the service, excluding child processes.'),
  gauge('camera_service_event_loop_lag_seconds', 'Event loop delay in the latest measurement.'),
] as const satisfies readonly MetricDeclaration[];

function counter<const N extends string>(name: N, help: string, labels: readonly string[] = []) {
  return { name, kind: 'counter' as const, help, labels };
}

function gauge<const N extends string>(name: N, help: string, labels: readonly string[] = []) {
  return { name, kind: 'gauge' as const, help, labels };
}

function histogram<const N extends string>(
  name: N,
  help: string,
  shape: { readonly labels: readonly string[]; readonly buckets: readonly number[] },
) {
  return { name, kind: 'histogram' as const, help, ...shape };
}
