/** Announces the configured cameras while they can be reached. */
import { connect } from 'node:net';
import type {
  Clock,
  DeviceEvent,
  DeviceEventSource,
  SourceDescriptor,
} from 'mediamtx-camera-service/plugin-api';
import { KIND, locatorOf, type CameraSettings } from './target.js';

export interface SourceSettings {
  readonly cameras: readonly CameraSettings[];
  readonly check_ms: number;
}

/** A camera that does not answer once may be busy. */
const MISSED_CHECKS = 2;
const CONNECT_MS = 5000;

export function createSource(
  { cameras, check_ms: checkMs }: SourceSettings,
  clock: Clock,
): DeviceEventSource {
  let isWatched = false;
  return {
    name: KIND,
    supports: { hotplugLatencyMs: checkMs, reportsSerial: false, kinds: [KIND] },
    async *watch(signal) {
      if (isWatched) throw new TypeError('the cameras are being watched already');
      isWatched = true;
      try {
        const presence = cameras.map((camera) => new Presence(camera));
        while (!signal.aborted) {
          yield* (await Promise.all(presence.map((each) => each.look(signal)))).flat();
          await clock.sleep(checkMs, signal).catch(() => undefined);
        }
      } finally {
        isWatched = false;
      }
    },
  };
}

/** Whether one camera is there. A connection is all that is asked for: images cost the camera more. */
class Presence {
  readonly #camera: CameraSettings;
  #isAnnounced = false;
  #missed = 0;

  constructor(camera: CameraSettings) {
    this.#camera = camera;
  }

  async look(signal: AbortSignal): Promise<readonly DeviceEvent[]> {
    const isThere = await canConnect(new URL(this.#camera.url), signal);
    if (signal.aborted) return [];
    this.#missed = isThere ? 0 : this.#missed + 1;
    if (isThere && !this.#isAnnounced) {
      this.#isAnnounced = true;
      return [{ type: 'added', source: describe(this.#camera) }];
    }
    if (this.#missed < MISSED_CHECKS || !this.#isAnnounced) return [];
    this.#isAnnounced = false;
    return [{ type: 'removed', key: keyOf(this.#camera) }];
  }
}

function canConnect({ protocol, hostname, port }: URL, signal: AbortSignal): Promise<boolean> {
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: number });
    const done = (isThere: boolean): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(isThere);
    };
    const onAbort = (): void => done(false);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.setTimeout(CONNECT_MS, () => done(false));
    socket.once('connect', () => done(true)).on('error', () => done(false));
  });
}

/** A camera keeps its place by its configured name, as a device does by the port that it is plugged into. */
function describe(camera: CameraSettings): SourceDescriptor {
  const key = keyOf(camera);
  return { key, kind: KIND, locator: locatorOf(camera), name: camera.name, hints: { portPath: key } };
}

function keyOf({ name }: CameraSettings): string {
  return `${KIND}:${name}`;
}
