import auditLogJsonlFile from '../plugins/builtin/audit-log-jsonl-file.js';
import auditLogMemory from '../plugins/builtin/audit-log-memory.js';
import authProviderApiKey from '../plugins/builtin/auth-provider-api-key.js';
import authProviderJwt from '../plugins/builtin/auth-provider-jwt.js';
import authProviderMemory from '../plugins/builtin/auth-provider-memory.js';
import eventBusMemory from '../plugins/builtin/event-bus-memory.js';
import ffmpegCapture from '../plugins/builtin/ffmpeg-capture.js';
import ffmpegGrabber from '../plugins/builtin/ffmpeg-grabber.js';
import ffmpegMediaTool from '../plugins/builtin/ffmpeg-media-tool.js';
import fileStoreDisk from '../plugins/builtin/file-store-disk.js';
import fileStoreMemory from '../plugins/builtin/file-store-memory.js';
import fsnotifyPoll from '../plugins/builtin/fsnotify-poll.js';
import httpFiles from '../plugins/builtin/http-files.js';
import httpHealth from '../plugins/builtin/http-health.js';
import httpListenerMemory from '../plugins/builtin/http-listener-memory.js';
import httpListenerNode from '../plugins/builtin/http-listener-node.js';
import mediaServerMemory from '../plugins/builtin/media-server-memory.js';
import mediamtx from '../plugins/builtin/mediamtx.js';
import memoryCapture from '../plugins/builtin/memory-capture.js';
import memoryDevices from '../plugins/builtin/memory-devices.js';
import memoryGrabber from '../plugins/builtin/memory-grabber.js';
import memoryMediaTool from '../plugins/builtin/memory-media-tool.js';
import memoryProbe from '../plugins/builtin/memory-probe.js';
import metricsSinkMemory from '../plugins/builtin/metrics-sink-memory.js';
import metricsSinkPrometheus from '../plugins/builtin/metrics-sink-prometheus.js';
import orphanReaper from '../plugins/builtin/orphan-reaper.js';
import stateStoreFile from '../plugins/builtin/state-store-file.js';
import stateStoreMemory from '../plugins/builtin/state-store-memory.js';
import synthetic from '../plugins/builtin/synthetic.js';
import syntheticProbe from '../plugins/builtin/synthetic-probe.js';
import transportMemory from '../plugins/builtin/transport-memory.js';
import udev from '../plugins/builtin/udev.js';
import v4l2Grabber from '../plugins/builtin/v4l2-grabber.js';
import v4l2Probe from '../plugins/builtin/v4l2-probe.js';
import wsJsonrpc from '../plugins/builtin/ws-jsonrpc.js';

/** The plugins that come with the service. They are loaded like any other. */
export const BUILT_IN = [
  auditLogJsonlFile,
  auditLogMemory,
  authProviderApiKey,
  authProviderJwt,
  authProviderMemory,
  eventBusMemory,
  ffmpegCapture,
  ffmpegGrabber,
  ffmpegMediaTool,
  fileStoreDisk,
  fileStoreMemory,
  fsnotifyPoll,
  httpFiles,
  httpHealth,
  httpListenerMemory,
  httpListenerNode,
  mediaServerMemory,
  mediamtx,
  memoryCapture,
  memoryDevices,
  memoryGrabber,
  memoryMediaTool,
  memoryProbe,
  metricsSinkMemory,
  metricsSinkPrometheus,
  orphanReaper,
  stateStoreFile,
  stateStoreMemory,
  synthetic,
  syntheticProbe,
  transportMemory,
  udev,
  v4l2Grabber,
  v4l2Probe,
  wsJsonrpc,
];
