import auditLogJsonlFile from '../plugins/builtin/audit-log-jsonl-file.js';
import auditLogMemory from '../plugins/builtin/audit-log-memory.js';
import authProviderApiKey from '../plugins/builtin/auth-provider-api-key.js';
import authProviderJwt from '../plugins/builtin/auth-provider-jwt.js';
import authProviderMemory from '../plugins/builtin/auth-provider-memory.js';
import cameraProbeMemory from '../plugins/builtin/camera-probe-memory.js';
import cameraProbeSynthetic from '../plugins/builtin/camera-probe-synthetic.js';
import cameraProbeV4l2 from '../plugins/builtin/camera-probe-v4l2.js';
import captureFfmpeg from '../plugins/builtin/capture-ffmpeg.js';
import captureMemory from '../plugins/builtin/capture-memory.js';
import deviceEventSourceFsnotifyPoll from '../plugins/builtin/device-event-source-fsnotify-poll.js';
import deviceEventSourceMemory from '../plugins/builtin/device-event-source-memory.js';
import deviceEventSourceSynthetic from '../plugins/builtin/device-event-source-synthetic.js';
import deviceEventSourceUdev from '../plugins/builtin/device-event-source-udev.js';
import eventBusMemory from '../plugins/builtin/event-bus-memory.js';
import fileStoreDisk from '../plugins/builtin/file-store-disk.js';
import fileStoreMemory from '../plugins/builtin/file-store-memory.js';
import frameGrabberFfmpeg from '../plugins/builtin/frame-grabber-ffmpeg.js';
import frameGrabberMemory from '../plugins/builtin/frame-grabber-memory.js';
import frameGrabberV4l2 from '../plugins/builtin/frame-grabber-v4l2.js';
import httpListenerMemory from '../plugins/builtin/http-listener-memory.js';
import httpListenerNode from '../plugins/builtin/http-listener-node.js';
import mediaServerMediamtx from '../plugins/builtin/media-server-mediamtx.js';
import mediaServerMemory from '../plugins/builtin/media-server-memory.js';
import mediaToolFfmpeg from '../plugins/builtin/media-tool-ffmpeg.js';
import mediaToolMemory from '../plugins/builtin/media-tool-memory.js';
import metricsSinkMemory from '../plugins/builtin/metrics-sink-memory.js';
import metricsSinkPrometheus from '../plugins/builtin/metrics-sink-prometheus.js';
import orphanReaper from '../plugins/builtin/orphan-reaper.js';
import segmentLogJsonlFile from '../plugins/builtin/segment-log-jsonl-file.js';
import segmentLogMemory from '../plugins/builtin/segment-log-memory.js';
import stateStoreFile from '../plugins/builtin/state-store-file.js';
import stateStoreMemory from '../plugins/builtin/state-store-memory.js';
import telemetryDecoderMemory from '../plugins/builtin/telemetry-decoder-memory.js';
import telemetryDecoderMisbSt0601 from '../plugins/builtin/telemetry-decoder-misb-st0601.js';
import transportHttpFiles from '../plugins/builtin/transport-http-files.js';
import transportHttpHealth from '../plugins/builtin/transport-http-health.js';
import transportMemory from '../plugins/builtin/transport-memory.js';
import transportWsJsonrpc from '../plugins/builtin/transport-ws-jsonrpc.js';

/** The plugins that come with the service, in the order of their files' names. They are loaded like any other. */
export const BUILT_IN = [
  auditLogJsonlFile,
  auditLogMemory,
  authProviderApiKey,
  authProviderJwt,
  authProviderMemory,
  cameraProbeMemory,
  cameraProbeSynthetic,
  cameraProbeV4l2,
  captureFfmpeg,
  captureMemory,
  deviceEventSourceFsnotifyPoll,
  deviceEventSourceMemory,
  deviceEventSourceSynthetic,
  deviceEventSourceUdev,
  eventBusMemory,
  fileStoreDisk,
  fileStoreMemory,
  frameGrabberFfmpeg,
  frameGrabberMemory,
  frameGrabberV4l2,
  httpListenerMemory,
  httpListenerNode,
  mediaServerMediamtx,
  mediaServerMemory,
  mediaToolFfmpeg,
  mediaToolMemory,
  metricsSinkMemory,
  metricsSinkPrometheus,
  orphanReaper,
  segmentLogJsonlFile,
  segmentLogMemory,
  stateStoreFile,
  stateStoreMemory,
  telemetryDecoderMemory,
  telemetryDecoderMisbSt0601,
  transportHttpFiles,
  transportHttpHealth,
  transportMemory,
  transportWsJsonrpc,
];
