/** The MediaServer of MediaMTX (v1.20.1): managed by this service, or external. */
import { randomBytes } from 'node:crypto';
import { CAMERA_NAME, isCameraName } from '../../../ports/camera-name.js';
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/logger.js';
import type {
  MediaServer,
  MediaServerHooks,
  MediaServerState,
  PathSpec,
  PathState,
} from '../../../ports/media-server.js';
import { PortError } from '../../../ports/port-error.js';
import { createHttpClient, type HttpClient } from '../../_shared/http-client.js';
import { hostPort, localRtspHost, viewerUrls } from './addresses.js';
import { ControlApi } from './control-api.js';
import { ExternalServer } from './external-server.js';
import { peerOf, portOfAddress, type Peer } from './local-peer.js';
import { ManagedServer } from './managed-server.js';
import { NonceBook } from './nonces.js';
import { settingsOf, type MediaMtxOptions, type Settings } from './settings.js';
import { HOLD_PREFIX, holdConfig, pathConfig } from './path-config.js';
import { PublisherCheck } from './publisher-check.js';
import { StateTracker } from './state-tracker.js';
import { ViewerGate, type Account } from './viewer-gate.js';

export type { MediaMtxOptions } from './settings.js';

export const MEDIAMTX = 'mediamtx';

export interface MediaMtxDeps {
  readonly log: Logger;
  readonly clock: Clock;
  /** The user whose programs publish. Default: the one of this process. */
  readonly uid?: number;
}

/** @throws PortError OPTION_INVALID */
export function createMediaMtxMediaServer(options: MediaMtxOptions, deps: MediaMtxDeps): MediaServer {
  return new MediaMtxMediaServer(settingsOf(options), deps);
}

class MediaMtxMediaServer implements MediaServer {
  readonly name = MEDIAMTX;
  readonly supports = { recording: true, viewers: true };
  readonly #settings: Settings;
  readonly #deps: MediaMtxDeps;
  readonly #nonces: NonceBook;
  readonly #account: Account;
  readonly #tracker = new StateTracker((state) => this.#changed(state));
  /** What was configured since the server last lost its configuration. */
  readonly #known = new Set<string>();
  #running: Running | undefined;
  #hooks: MediaServerHooks | undefined;

  constructor(settings: Settings, deps: MediaMtxDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#nonces = new NonceBook(deps.clock);
    const { user = '', password = '' } = settings.external;
    const own = { user: 'camera-service', password: randomBytes(24).toString('base64url') };
    this.#account = settings.mode === 'external' && user !== '' ? { user, password } : own;
  }

  async start(hooks: MediaServerHooks, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running !== undefined) return;
    this.#hooks = hooks;
    this.#tracker.starting();
    this.#running = this.#build();
    const { gate, managed, external } = this.#running;
    try {
      if (managed !== undefined) {
        await managed.start(await gate.open(hooks), signal);
      } else {
        await this.#openExternalGate(gate, hooks);
        await external?.start(signal);
      }
    } catch (error) {
      await this.stop(AbortSignal.abort(error));
      throw signal.aborted ? signal.reason : error;
    }
  }

  async stop(signal: AbortSignal): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    await running.managed?.stop(signal);
    await running.external?.stop();
    await running.gate.close();
    running.http.close();
    this.#tracker.down('stopped');
  }

  state(): MediaServerState {
    return this.#tracker.current;
  }

  async ensurePath(name: string, spec: PathSpec, signal: AbortSignal): Promise<void> {
    checkName(name);
    const { api } = this.#reached(signal);
    const isFirst = !this.#known.has(name);
    const { epoch } = this.#tracker.current;
    await api.replacePath(name, pathConfig(spec, this.#settings), signal);
    if (isFirst) await api.untilPathAppears(name, signal);
    await this.#hold(api, name, spec, signal);
    if (epoch === this.#tracker.current.epoch) this.#known.add(name);
  }

  async removePath(name: string, signal: AbortSignal): Promise<void> {
    checkName(name);
    const { api } = this.#reached(signal);
    await api.deletePath(HOLD_PREFIX + name, signal);
    await api.deletePath(name, signal);
    this.#known.delete(name);
    this.#known.delete(HOLD_PREFIX + name);
  }

  async paths(signal: AbortSignal): Promise<readonly PathState[]> {
    const items = await this.#reached(signal).api.listPaths(signal);
    const holding = new Set(items.filter((item) => item.ready).map((item) => item.name));
    return items
      .filter((item) => !item.name.startsWith(HOLD_PREFIX))
      .map((item) => withoutHolder(item, holding.has(HOLD_PREFIX + item.name)));
  }

  async endViewers(viewers: readonly string[], signal: AbortSignal): Promise<void> {
    const { api } = this.#reached(signal);
    for (const viewer of new Set(viewers)) await api.endViewer(viewer, signal);
  }

  publishUrl(name: string): string {
    return this.#localUrl(name, `nonce=${this.#nonces.issue(name)}`);
  }

  viewerUrls(name: string, host: string): ReturnType<MediaServer['viewerUrls']> {
    return viewerUrls(this.#settings, name, host);
  }

  async #hold(api: ControlApi, name: string, spec: PathSpec, signal: AbortSignal): Promise<void> {
    if (spec.pullUrl === undefined) return;
    const hold = HOLD_PREFIX + name;
    if (spec.record !== false) {
      await api.replacePath(hold, holdConfig(this.#holdUrl(name)), signal);
      this.#known.add(hold);
    } else if (this.#known.has(hold) || !this.#known.has(name)) {
      await api.deletePath(hold, signal);
      this.#known.delete(hold);
    }
  }

  /** Stays inside the server, which connects again and again, so it needs more than a nonce. */
  #holdUrl(name: string): string {
    const { user, password } = this.#account;
    const { ports } = this.#settings;
    const host = this.#settings.mode === 'external' ? '127.0.0.1' : localRtspHost(this.#settings);
    return `rtsp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${hostPort(host, ports.rtsp)}/${name}`;
  }

  #localUrl(name: string, query: string): string {
    return `rtsp://${hostPort(localRtspHost(this.#settings), this.#settings.ports.rtsp)}/${name}?${query}`;
  }

  async #openExternalGate(gate: ViewerGate, hooks: MediaServerHooks): Promise<void> {
    if (this.#settings.auth.secret !== '') {
      await gate.open(hooks);
    } else {
      this.#deps.log.warn(
        'the external media server does not ask this service to authorise viewers: auth_secret is not set',
      );
    }
  }

  #build(): Running {
    const { timing, breaker, external, auth, mode, apiPort } = this.#settings;
    const { clock, log } = this.#deps;
    const http = createHttpClient({
      baseUrl: mode === 'external' ? external.url : `http://127.0.0.1:${apiPort}`,
      ...(mode === 'external' && !external.user ? {} : this.#account),
      timeoutMs: timing.requestMs,
      timeLimitMs: timing.callMs,
      breaker,
      onTrouble: () => (this.#running?.managed ?? this.#running?.external)?.hurry(),
    });
    const api = new ControlApi(http, clock);
    const watchDeps = { api, tracker: this.#tracker, clock, log };
    const ours = new PublisherCheck({
      nonces: this.#nonces,
      peer: (session) => this.#peer(api, session),
      takesUnknown: mode === 'external',
    });
    const gate = new ViewerGate(auth, { clock, ours, account: this.#account });
    return mode === 'managed'
      ? { http, api, gate, managed: new ManagedServer(this.#settings, watchDeps) }
      : { http, api, gate, external: new ExternalServer(this.#settings, watchDeps) };
  }

  /** The server asks about a session and says whose it is; the kernel says whose program that is. */
  async #peer(api: ControlApi, session: string): Promise<Peer> {
    const { ports, timing } = this.#settings;
    try {
      const address = await api.rtspClient(session, AbortSignal.timeout(timing.requestMs));
      const connection = { clientPort: portOfAddress(address), serverPort: ports.rtsp };
      return await peerOf(connection, this.#deps.uid ?? process.getuid?.() ?? 0);
    } catch (error) {
      this.#deps.log.warn('the media server does not say which viewer it is asking about', { error });
      return 'unknown';
    }
  }

  #reached(signal: AbortSignal): Running {
    signal.throwIfAborted();
    if (this.#running !== undefined) return this.#running;
    throw new PortError('MEDIA_SERVER_UNREACHABLE', { retryable: true, detail: { reason: 'not started' } });
  }

  #lastEpoch = 0;

  #changed(state: MediaServerState): void {
    if (state.epoch !== this.#lastEpoch) this.#known.clear();
    this.#lastEpoch = state.epoch;
    this.#hooks?.stateChanged(state);
    if (state.status === 'ready') void this.#running?.external?.met();
  }
}

interface Running {
  readonly http: HttpClient;
  readonly api: ControlApi;
  readonly gate: ViewerGate;
  readonly managed?: ManagedServer;
  readonly external?: ExternalServer;
}

function withoutHolder(item: PathState, isHeld: boolean): PathState {
  return isHeld ? { ...item, readers: Math.max(0, item.readers - 1) } : item;
}

function checkName(name: string): void {
  if (isCameraName(name)) return;
  throw new PortError('MEDIA_SERVER_REJECTED', {
    message: `a path has the name of its camera: ${CAMERA_NAME.rule}`,
    detail: { reason: 'invalid name' },
  });
}
