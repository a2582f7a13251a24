/** Announces the cameras of the network that answer, and that the login opens. */
import {
  isPortError,
  type Clock,
  type DeviceEvent,
  type DeviceEventSource,
  type Logger,
  type SourceDescriptor,
} from 'mediamtx-camera-service/plugin-api';
import { askDevice, type DeviceFacts } from './device.js';
import { Discovery, type Heard } from './discovery.js';
import { KIND, locatorOf } from './locator.js';
import type { Login } from './soap.js';

export interface SourceSettings {
  readonly username: string;
  readonly password: string;
  readonly interface: string;
  readonly probe_ms: number;
}

interface Parts {
  readonly clock: Clock;
  readonly log: Logger;
}

/** Datagrams get lost: a camera is gone when it has missed so many probes. */
const MISSED_PROBES = 3;
const MAX_CAMERAS = 64;
/** A camera that refuses the login may lock it when it is asked too often. */
const REFUSED_PAUSE_MS = 60_000;

export function createSource(settings: SourceSettings, parts: Parts): DeviceEventSource {
  let isWatched = false;
  return {
    name: KIND,
    supports: { hotplugLatencyMs: settings.probe_ms, reportsSerial: true, kinds: [KIND] },
    async *watch(signal) {
      if (isWatched) throw new TypeError('the cameras are being watched already');
      isWatched = true;
      try {
        yield* new Network(settings, parts).watch(signal);
      } finally {
        isWatched = false;
      }
    },
  };
}

interface Camera {
  /** Nobody else can speak for it while it is known. */
  readonly sender: string;
  missed: number;
  isAsked: boolean;
  askAgainAt: number;
  announced?: SourceDescriptor;
}

class Network {
  readonly #settings: SourceSettings;
  readonly #parts: Parts;
  readonly #cameras = new Map<string, Camera>();
  readonly #events: DeviceEvent[] = [];
  readonly #ending = new AbortController();
  #wake: () => void = () => undefined;
  #asking = new Set<Promise<void>>();

  constructor(settings: SourceSettings, parts: Parts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  async *watch(signal: AbortSignal): AsyncGenerator<DeviceEvent> {
    if (signal.aborted) return;
    const { clock, log } = this.#parts;
    const discovery = new Discovery((heard) => this.#hear(heard), log);
    const onAbort = (): void => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    let cancel = (): void => undefined;
    const probe = (): void => {
      this.#miss();
      discovery.probe();
      cancel = clock.after(this.#settings.probe_ms, probe);
    };
    try {
      await discovery.open(this.#settings.interface);
      probe();
      while (!signal.aborted) {
        const event = this.#events.shift();
        if (event !== undefined) yield event;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      cancel();
      discovery.close();
      this.#ending.abort();
      await Promise.allSettled(this.#asking);
    }
  }

  #hear({ type, endpoint, addresses, sender }: Heard): void {
    const known = this.#cameras.get(endpoint);
    if (known !== undefined && known.sender !== sender) return;
    if (type === 'bye') return this.#remove(endpoint);
    const url = addressOf(addresses, sender);
    if (url === undefined || (known === undefined && this.#cameras.size >= MAX_CAMERAS)) return;
    const camera = known ?? { sender, missed: 0, isAsked: false, askAgainAt: 0 };
    camera.missed = 0;
    this.#cameras.set(endpoint, camera);
    if (camera.announced !== undefined || camera.isAsked) return;
    if (this.#parts.clock.monotonicMs() < camera.askAgainAt) return;
    camera.isAsked = true;
    const asking = this.#ask(endpoint, camera, url).finally(() => {
      camera.isAsked = false;
      this.#asking.delete(asking);
    });
    this.#asking.add(asking);
  }

  async #ask(endpoint: string, camera: Camera, url: URL): Promise<void> {
    const { clock, log } = this.#parts;
    const login = loginOf(this.#settings);
    try {
      const asked = { url, login, nowMs: () => clock.now() };
      const facts = await askDevice(asked, this.#ending.signal);
      // It may have gone meanwhile.
      if (this.#cameras.get(endpoint) !== camera) return;
      camera.announced = describe(endpoint, facts, login);
      this.#tell({ type: 'added', source: camera.announced });
    } catch (cause) {
      if (this.#ending.signal.aborted) return;
      if (!isPortError(cause, 'DEVICE_GONE')) camera.askAgainAt = clock.monotonicMs() + REFUSED_PAUSE_MS;
      log.warn('a camera cannot be used', { address: url.host, cause });
    }
  }

  /** Before each probe. */
  #miss(): void {
    for (const [endpoint, camera] of this.#cameras) {
      camera.missed += 1;
      if (camera.missed > MISSED_PROBES) this.#remove(endpoint);
    }
  }

  #remove(endpoint: string): void {
    const { announced } = this.#cameras.get(endpoint) ?? {};
    this.#cameras.delete(endpoint);
    if (announced !== undefined) this.#tell({ type: 'removed', key: announced.key });
  }

  #tell(event: DeviceEvent): void {
    this.#events.push(event);
    this.#wake();
  }
}

/** Only what the sender itself serves: an announcement must not send the service to anybody else. */
export function addressOf(addresses: readonly string[], sender: string): URL | undefined {
  const found = addresses.flatMap((address) => (URL.canParse(address) ? [new URL(address)] : []));
  return found.find(({ protocol, hostname }) => /^https?:$/.test(protocol) && hostname === sender);
}

function loginOf({ username, password }: SourceSettings): Login | undefined {
  return username === '' ? undefined : { username, password };
}

function describe(endpoint: string, facts: DeviceFacts, login: Login | undefined): SourceDescriptor {
  const { manufacturer, model, serial } = facts;
  const name = `${manufacturer} ${model}`.trim() || 'ONVIF camera';
  const hints = { portPath: `${KIND}:${endpoint}`, ...(serial === '' ? {} : { serial }) };
  return { key: `${KIND}:${endpoint}`, kind: KIND, locator: locatorOf(facts, login), name, hints };
}
