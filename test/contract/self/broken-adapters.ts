/** An adapter for each rule of each suite that breaks it, and nothing else: whoever changes a suite sees whether it still catches them. */
import { brokenAuditLogs } from './audit-log.broken.js';
import { brokenAuthProviders } from './auth-provider.broken.js';
import { brokenProbes } from './camera-probe.broken.js';
import { brokenCaptures } from './capture.broken.js';
import { brokenClocks } from './clock.broken.js';
import { brokenDeviceEventSources } from './device-event-source.broken.js';
import { brokenEventBuses } from './event-bus.broken.js';
import { brokenFileStores } from './file-store.broken.js';
import { brokenGrabbers } from './frame-grabber.broken.js';
import { brokenListeners } from './http-listener.broken.js';
import { brokenLoggers } from './logger.broken.js';
import { brokenMediaServers } from './media-server.broken.js';
import { brokenMediaTools } from './media-tool.broken.js';
import { brokenMetricsSinks } from './metrics-sink.broken.js';
import { brokenSegmentLogs } from './segment-log.broken.js';
import { brokenStateStores } from './state-store.broken.js';
import { brokenDecoders } from './telemetry-decoder.broken.js';
import { brokenTransports } from './transport.broken.js';
import { brokenWires } from './transport.wire.broken.js';

/**
 * By port, each with the rule that it breaks and the world that makes it. Several may break one rule in different ways. The rules on start
 * and stop, `[life-…]`, are the same in all suites and have none here.
 */
export const brokenAdapters = {
  AuditLog: brokenAuditLogs,
  AuthProvider: brokenAuthProviders,
  CameraProbe: brokenProbes,
  Capture: brokenCaptures,
  Clock: brokenClocks,
  DeviceEventSource: brokenDeviceEventSources,
  EventBus: brokenEventBuses,
  FileStore: brokenFileStores,
  FrameGrabber: brokenGrabbers,
  HttpListener: brokenListeners,
  Logger: brokenLoggers,
  MediaServer: brokenMediaServers,
  MediaTool: brokenMediaTools,
  MetricsSink: brokenMetricsSinks,
  SegmentLog: brokenSegmentLogs,
  StateStore: brokenStateStores,
  TelemetryDecoder: brokenDecoders,
  Transport: [...brokenTransports, ...brokenWires],
} as const;
