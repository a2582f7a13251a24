import type { Method } from '../define-method.js';
import { authenticate } from './authenticate.js';
import { getSubscriptionStats } from './events.stats.js';
import { subscribeEvents } from './events.subscribe.js';
import { unsubscribeEvents } from './events.unsubscribe.js';
import { ping } from './ping.js';
import { rpcDiscover } from './rpc.discover.js';
import { getCameraCapabilities } from './camera.capabilities.js';
import { getCameraList } from './camera.list.js';
import { getCameraStatus } from './camera.status.js';
import {
  deleteRecording,
  deleteSnapshot,
  getRecordingInfo,
  getSnapshotInfo,
  listRecordings,
  listSnapshots,
} from './files.js';
import { exportClip } from './clip.export.js';
import { cancelJob } from './job.cancel.js';
import { getPlugins } from './plugin.list.js';
import { setPlugin } from './plugin.set.js';
import { protectRecording } from './recording.protect.js';
import { startRecording } from './recording.start.js';
import { stopRecording } from './recording.stop.js';
import { getServerInfo } from './server-info.get.js';
import { takeSnapshot } from './snapshot.take.js';
import { getStatus } from './status.get.js';
import { getSystemStatus } from './status.system.js';
import { getStreams } from './stream.list.js';
import { startStreaming } from './stream.start.js';
import { getStreamStatus } from './stream.status.js';
import { stopStreaming } from './stream.stop.js';
import { getStreamUrl } from './stream.url.js';

/** The method table. A new method is one file and one line here. */
export const METHODS: readonly Method[] = [
  ping,
  authenticate,
  rpcDiscover,
  getCameraList,
  getCameraStatus,
  getCameraCapabilities,
  takeSnapshot,
  startRecording,
  stopRecording,
  startStreaming,
  stopStreaming,
  getStreamUrl,
  getStreamStatus,
  getStreams,
  listRecordings,
  listSnapshots,
  getRecordingInfo,
  getSnapshotInfo,
  deleteRecording,
  deleteSnapshot,
  exportClip,
  cancelJob,
  protectRecording,
  getStatus,
  getSystemStatus,
  getServerInfo,
  getPlugins,
  setPlugin,
  subscribeEvents,
  unsubscribeEvents,
  getSubscriptionStats,
];
