import type { Role } from '../../ports/auth-provider.js';
import type { AuthService } from '../auth/auth-service.js';
import type { MediaServer } from '../../ports/media-server.js';
import type { CameraRegistry } from '../cameras/registry.js';
import type { EventHub } from '../events/hub.js';
import type { ClipService } from '../library/clip-service.js';
import type { FileLibrary } from '../library/file-library.js';
import type { HealthBoard } from '../health/health-board.js';
import type { JobBoard } from '../jobs/job-board.js';
import type { PluginControl } from '../lifecycle/plugin-control.js';
import type { RecordingService } from '../recordings/recording-service.js';
import type { SnapshotService } from '../snapshots/snapshot-service.js';
import type { StreamService } from '../streams/stream-service.js';

/** Parts of the service that come up one after the other; a method names those that must be up for it. */
export type ServicePart = 'cameras' | 'streams' | 'snapshots' | 'recordings' | 'files';

export type ServicePhase = 'starting' | 'ready' | 'stopping';

/** What this installation is; the same for as long as the process runs. */
export interface About {
  readonly name: string;
  readonly version: string;
  readonly buildDate: string;
  readonly apiVersion: string;
  readonly nodeVersion: string;
  readonly architecture: string;
  readonly maxCameras: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** The API as it is documented. */
export interface PublicApi {
  /** The OpenRPC document of the whole table. */
  document(): Readonly<Record<string, unknown>>;
  /** Names of the methods that a principal of this role may call. */
  permissions(role: Role): readonly string[];
}

/** What methods work with. Each is handed those that it names. */
export interface Parts {
  readonly about: About;
  readonly api: PublicApi;
  readonly auth: AuthService;
  readonly cameras: CameraRegistry;
  readonly clips: ClipService;
  readonly events: EventHub;
  readonly files: FileLibrary;
  readonly health: HealthBoard;
  readonly jobs: JobBoard;
  readonly media: MediaServer;
  readonly plugins: PluginControl;
  readonly recordings: RecordingService;
  readonly snapshots: SnapshotService;
  readonly streams: StreamService;
}
export type PartName = keyof Parts;

/** What a method asked for and nothing else. */
export function only(parts: Parts, names: readonly PartName[]): object {
  return Object.freeze(Object.fromEntries(names.map((name) => [name, parts[name]])));
}
