import type { CameraCapabilities, CaptureFormat, SourceDescriptor } from '../../ports/index.js';

/** CONNECTED because it answers or its frames move; BUSY: held by another program; ERROR: there, and of no use, with a reason. */
export type CameraStatus = 'CONNECTED' | 'DISCONNECTED' | 'BUSY' | 'ERROR';

/** How a camera got its identifier. */
export interface Identity {
  readonly id: string;
  readonly matchedBy: 'assignment' | 'serial' | 'port' | 'model' | 'new' | 'ambiguous';
  /** In words, for `get_camera_status`. */
  readonly why: string;
}

/** A camera, as the rest of core sees it. Replaced, never changed in place. */
export interface Camera {
  readonly id: string;
  readonly name: string;
  readonly status: CameraStatus;
  /** Why it is not CONNECTED. */
  readonly reason?: string;
  /** Program that uses the camera while it is BUSY, if known. */
  readonly holder?: string;
  readonly source: SourceDescriptor;
  readonly identity: Identity;
  readonly capabilities?: CameraCapabilities;
  /** What it is asked to deliver; absent while it was never probed. */
  readonly format?: CaptureFormat;
  /** Why it is asked for something else than what is configured, when it is. */
  readonly formatNote?: string;
}

export type CameraChange = {
  readonly type: 'connected' | 'disconnected' | 'status';
  readonly camera: Camera;
  readonly previous?: CameraStatus;
};
