/** What a caller may see, and where. */
import type { MediaServer, Peer, Principal, ViewerUrls } from '../../ports/index.js';
import { maySee } from '../auth/roles.js';
import type { Camera } from '../cameras/camera.js';
import type { CameraRegistry } from '../cameras/registry.js';
import { cameraNotFound } from '../errors/service-error.js';

/** The host in URLs for clients that did not come by a URL. */
const LOCAL_HOST = 'localhost';

/** Identifiers of the cameras that exist and that this principal may know of. */
export function visibleCameras(cameras: CameraRegistry, principal: Principal): readonly string[] {
  return cameras.list().flatMap(({ id }) => (maySee(principal, id) ? [id] : []));
}

/** The camera that a call is about. @throws ServiceError `CAMERA_NOT_FOUND`. */
export function theCamera(device: string, cameras: CameraRegistry, principal: Principal): Camera {
  const camera = cameras.get(device);
  if (!camera) throw cameraNotFound(device, visibleCameras(cameras, principal));
  return camera;
}

/** Where a client can watch a camera, by the host under which it reached the service. */
export function urlsFor(device: string, media: MediaServer, { baseUrl }: Peer): ViewerUrls {
  return media.viewerUrls(device, baseUrl === undefined ? LOCAL_HOST : new URL(baseUrl).hostname);
}
