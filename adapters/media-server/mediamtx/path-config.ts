/** The whole configuration of a path. It is always written whole: a field left out would fall back to the server's default. */
import type { PathSpec } from '../../../ports/media-server.js';
import type { RecordingOptions } from './settings.js';

/** Paths that only keep an on-demand source running while it is recorded. */
export const HOLD_PREFIX = 'hold/';

export interface PathConfigOptions {
  readonly recordingsDir: string;
  readonly recording: RecordingOptions;
  readonly viewerStartTimeoutMs: number;
}

export function pathConfig(spec: PathSpec, options: PathConfigOptions): Record<string, unknown> {
  const { recording } = options;
  return {
    ...(spec.pullUrl === undefined ? published(spec, options) : pulled(spec.pullUrl, options)),
    record: spec.record !== false,
    recordPath: `${options.recordingsDir}/%path_%Y-%m-%d_%H-%M-%S-%f${spec.record === false ? '' : `_${spec.record.mark}`}`,
    recordFormat: spec.record === false ? 'fmp4' : spec.record.format,
    recordPartDuration: milliseconds(recording.partDurationMs),
    recordMaxPartSize: `${recording.maxPartBytes}B`,
    recordSegmentDuration: milliseconds(recording.segmentDurationMs),
    recordDeleteAfter: '0s',
  };
}

/**
 * A recorder neither starts nor holds an on-demand source; a second path that reads the first one does, and leaves the first
 * one's configuration, and so its viewers, alone.
 */
export function holdConfig(readUrl: string): Record<string, unknown> {
  return {
    source: readUrl,
    sourceOnDemand: false,
    rtspTransport: 'tcp',
    record: false,
    recordDeleteAfter: '0s',
  };
}

/**
 * The command need not exist: its presence makes the server hold viewers of an idle path until the publisher comes, and only
 * the placeholder is ever ended for want of viewers.
 */
function published(spec: PathSpec, options: PathConfigOptions): Record<string, unknown> {
  const plain = { source: 'publisher', overridePublisher: true };
  if (spec.refusesViewers === true) return plain;
  return {
    ...plain,
    runOnDemand: '/nonexistent/held-until-published',
    runOnDemandRestart: false,
    runOnDemandStartTimeout: milliseconds(options.viewerStartTimeoutMs),
    runOnDemandCloseAfter: '10s',
  };
}

function pulled(source: string, options: PathConfigOptions): Record<string, unknown> {
  return {
    source,
    sourceOnDemand: true,
    sourceOnDemandStartTimeout: milliseconds(options.viewerStartTimeoutMs),
    sourceOnDemandCloseAfter: '10s',
    ...(/^rtsps?:/.test(source) ? { rtspTransport: 'tcp' } : {}),
  };
}

function milliseconds(value: number): string {
  return `${value}ms`;
}
