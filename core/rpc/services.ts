import type { Principal } from '../../ports/auth-provider.js';
import type { AuthService } from '../auth/auth-service.js';
import type { MediaServer } from '../../ports/media-server.js';
import type { CameraRegistry } from '../cameras/registry.js';
import type { EventHub } from '../events/hub.js';
import type { FileLibrary } from '../files/file-library.js';
import type { HealthBoard } from '../health/health-board.js';
import type { RecordingService } from '../recordings/recording-service.js';
import type { SnapshotService } from '../snapshots/snapshot-service.js';
import type { StreamService } from '../streams/stream-service.js';

/** Parts of the service that come up one after the other; a method names those it needs. */
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
  readonly plugins: readonly {
    readonly name: string;
    readonly version: string;
    readonly provides: readonly string[];
  }[];
}

/** What methods work with. */
export interface Services {
  readonly events: EventHub;
  readonly auth: AuthService;
  readonly cameras: CameraRegistry;
  readonly streams: StreamService;
  readonly media: MediaServer;
  readonly snapshots: SnapshotService;
  readonly recordings: RecordingService;
  readonly library: FileLibrary;
  readonly health: HealthBoard;
  readonly about: About;
  /** The OpenRPC document of the whole table. */
  openRpc(): Readonly<Record<string, unknown>>;
  /** Names of the methods that a principal of this role may call. */
  permissions(role: Principal['role']): readonly string[];
  /** Identifiers of the cameras that exist and that this principal may know of. */
  visibleCameras(principal: Principal): readonly string[];
  /** Whether a part takes work: not before it has started, and not once the service is stopping. */
  phase(part: ServicePart): ServicePhase;
}
