import { auditLogJsonlFileSection } from './sections/audit-log-jsonl-file.js';
import { authProviderApiKeySection } from './sections/auth-provider-api-key.js';
import { authProviderJwtSection } from './sections/auth-provider-jwt.js';
import { captureFfmpegSection } from './sections/capture-ffmpeg.js';
import { fileStoreDiskSection } from './sections/file-store-disk.js';
import { fileStoreMemorySection } from './sections/file-store-memory.js';
import { frameGrabberFfmpegSection } from './sections/frame-grabber-ffmpeg.js';
import { fsnotifyPollSection } from './sections/fsnotify-poll.js';
import { healthSection, serverSection } from './sections/http-listener-node.js';
import {
  adaptersSection,
  camerasSection,
  loginSection,
  pathsSection,
  pluginsSection,
  recordingsSection,
  rpcSection,
  serviceSection,
  snapshotsSection,
  streamsSection,
} from './sections/service.js';
import { loggerWinstonSection } from './sections/logger-winston.js';
import { mediamtxSection } from './sections/media-server-mediamtx.js';
import { mediaToolFfmpegSection } from './sections/media-tool-ffmpeg.js';
import { memoryCaptureSection, memoryDevicesSection } from './sections/memory-capture.js';
import { syntheticSection } from './sections/synthetic.js';
import { udevSection } from './sections/udev.js';
import { v4l2GrabberSection } from './sections/v4l2-grabber.js';
import { wsJsonRpcSection } from './sections/ws-jsonrpc.js';

/** One setting. `format` is a kind (see `formats.ts`) or the list of allowed values. */
export interface Setting {
  readonly doc: string;
  readonly format: unknown;
  readonly default: unknown;
  readonly sensitive?: boolean;
  /** A second environment variable that sets it, known from elsewhere. The one of its own name is stronger. */
  readonly alias?: string;
}

export type Section = Readonly<Record<string, Setting>>;

/** Sections of adapters, by the key under which configuration has them. */
export const ADAPTER_SECTIONS = {
  server: serverSection,
  health: healthSection,
  udev: udevSection,
  fsnotify_poll: fsnotifyPollSection,
  v4l2_grabber: v4l2GrabberSection,
  jwt: authProviderJwtSection,
  api_key: authProviderApiKeySection,
  audit_file: auditLogJsonlFileSection,
  disk: fileStoreDiskSection,
  memory_files: fileStoreMemorySection,
  ws_jsonrpc: wsJsonRpcSection,
  mediamtx: mediamtxSection,
  synthetic: syntheticSection,
  ffmpeg_capture: captureFfmpegSection,
  ffmpeg_grabber: frameGrabberFfmpegSection,
  ffmpeg_tool: mediaToolFfmpegSection,
  memory_devices: memoryDevicesSection,
  memory_capture: memoryCaptureSection,
} as const satisfies Record<string, Section>;

/** Which section an adapter gets as its `config`. Those of plugins that come from elsewhere get what `plugins.config` has for them. */
const SECTION_OF: Readonly<Record<string, keyof typeof ADAPTER_SECTIONS>> = {
  'DeviceEventSource/udev': 'udev',
  'DeviceEventSource/fsnotify-poll': 'fsnotify_poll',
  'FrameGrabber/v4l2': 'v4l2_grabber',
  'AuthProvider/jwt': 'jwt',
  'AuthProvider/api-key': 'api_key',
  'AuditLog/jsonl-file': 'audit_file',
  'FileStore/disk': 'disk',
  'FileStore/memory': 'memory_files',
  'Transport/ws-jsonrpc': 'ws_jsonrpc',
  'MediaServer/mediamtx': 'mediamtx',
  'DeviceEventSource/synthetic': 'synthetic',
  'DeviceEventSource/memory': 'memory_devices',
  'Capture/ffmpeg': 'ffmpeg_capture',
  'Capture/memory': 'memory_capture',
  'FrameGrabber/ffmpeg': 'ffmpeg_grabber',
  'MediaTool/ffmpeg': 'ffmpeg_tool',
};

export function sectionOf(port: string, adapter: string): string | undefined {
  return SECTION_OF[`${port}/${adapter}`];
}

/** Everything that can be configured. */
export const SCHEMA = {
  service: serviceSection,
  paths: pathsSection,
  adapters: adaptersSection,
  plugins: pluginsSection,
  cameras: camerasSection,
  streams: streamsSection,
  snapshots: snapshotsSection,
  recordings: recordingsSection,
  rpc: rpcSection,
  login: loginSection,
  log: loggerWinstonSection,
  ...ADAPTER_SECTIONS,
} as const satisfies Record<string, Section>;

/** Name of the environment variable of a key: `server.port` is `CAMERA_SERVICE_SERVER_PORT`. */
export function envName(key: string): string {
  return `CAMERA_SERVICE_${key.toUpperCase().replaceAll('.', '_')}`;
}

/** All settings by their dotted key. */
export function settings(): ReadonlyMap<string, Setting> {
  const entries = Object.entries(SCHEMA).flatMap(([section, keys]) =>
    Object.entries(keys as Section).map(([key, setting]): [string, Setting] => [
      `${section}.${key}`,
      setting,
    ]),
  );
  return new Map(entries);
}
