import authProviderApiKey from '../plugins/builtin/auth-provider-api-key.js';
import authProviderJwt from '../plugins/builtin/auth-provider-jwt.js';
import authProviderMemory from '../plugins/builtin/auth-provider-memory.js';
import eventBusMemory from '../plugins/builtin/event-bus-memory.js';
import fileStoreDisk from '../plugins/builtin/file-store-disk.js';
import fileStoreMemory from '../plugins/builtin/file-store-memory.js';
import fsnotifyPoll from '../plugins/builtin/fsnotify-poll.js';
import httpFiles from '../plugins/builtin/http-files.js';
import httpHealth from '../plugins/builtin/http-health.js';
import httpListenerMemory from '../plugins/builtin/http-listener-memory.js';
import httpListenerNode from '../plugins/builtin/http-listener-node.js';
import metricsSinkMemory from '../plugins/builtin/metrics-sink-memory.js';
import metricsSinkPrometheus from '../plugins/builtin/metrics-sink-prometheus.js';
import orphanReaper from '../plugins/builtin/orphan-reaper.js';
import stateStoreFile from '../plugins/builtin/state-store-file.js';
import stateStoreMemory from '../plugins/builtin/state-store-memory.js';
import transportMemory from '../plugins/builtin/transport-memory.js';
import udev from '../plugins/builtin/udev.js';
import v4l2Grabber from '../plugins/builtin/v4l2-grabber.js';
import v4l2Probe from '../plugins/builtin/v4l2-probe.js';
import wsJsonrpc from '../plugins/builtin/ws-jsonrpc.js';

/** The plugins that come with the service. They are loaded like any other. */
export const BUILT_IN = [
  authProviderApiKey,
  authProviderJwt,
  authProviderMemory,
  eventBusMemory,
  fileStoreDisk,
  fileStoreMemory,
  fsnotifyPoll,
  httpFiles,
  httpHealth,
  httpListenerMemory,
  httpListenerNode,
  metricsSinkMemory,
  metricsSinkPrometheus,
  orphanReaper,
  stateStoreFile,
  stateStoreMemory,
  transportMemory,
  udev,
  v4l2Grabber,
  v4l2Probe,
  wsJsonrpc,
];
