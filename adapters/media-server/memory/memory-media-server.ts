/** A MediaServer that exists in memory only: for tests of core, and for trying the service without a media server. */
import { isCameraName } from '../../../ports/camera-name.js';
import type { Clock } from '../../../ports/clock.js';
import type {
  MediaServer,
  MediaServerHooks,
  MediaServerState,
  PathSpec,
  PathState,
} from '../../../ports/media-server.js';
import { PortError } from '../../../ports/port-error.js';
import { MemoryPath, fileName, type MemoryPeer } from './memory-path.js';

export type { MemoryPeer } from './memory-path.js';

export interface MemoryMediaServerOptions {
  /** How recordings are kept. Without it nothing is written and `supports.recording` is false. */
  readonly append?: (fileName: string, bytes: Uint8Array) => Promise<void>;
  /** How long the server takes to come back by itself after `kill()`. Default 10 ms. */
  readonly restartMs?: number;
  /** The bound of an answer of `authorize`. Default 100 ms. */
  readonly authorizeTimeoutMs?: number;
}

export interface MemoryMediaServerDeps {
  readonly clock: Clock;
}

/** The outside of the memory server. */
export interface MemoryMediaServerControl {
  /** The server is gone until `comeBack()`: calls fail, peers are cut, its configuration is lost. */
  goDown(reason?: string): void;
  comeBack(): void;
  /** The server is killed and comes back by itself. */
  kill(): void;
  /** A publisher arrives with a URL from `publishUrl`. @returns nothing when it is refused. */
  publish(url: string): MemoryPeer | undefined;
  /** Bytes of the publisher; they are counted and, while the path is recorded, written. */
  feed(path: string, bytes: Uint8Array): Promise<void>;
  /** A viewer arrives. Resolves with nothing when it is refused; an accepted one may be held until somebody publishes. */
  connectViewer(path: string, credentials: readonly string[]): Promise<MemoryPeer | undefined>;
  /** A reader comes whom the server lets in without asking. */
  read(path: string): MemoryPeer | undefined;
}

export interface MemoryMediaServer extends MediaServer {
  readonly control: MemoryMediaServerControl;
}

const VERSION = 'memory';
const SOME_BYTES = new Uint8Array(64).fill(1);
const GROWTH_MS = 1_000;

export function createMemoryMediaServer(
  options: MemoryMediaServerOptions,
  deps: MemoryMediaServerDeps,
): MemoryMediaServer {
  return new InMemoryMediaServer(options, deps.clock);
}

class InMemoryMediaServer implements MemoryMediaServer {
  readonly name = 'memory';
  readonly supports: MediaServer['supports'];
  readonly control: MemoryMediaServerControl;
  readonly #options: MemoryMediaServerOptions;
  readonly #clock: Clock;
  readonly #paths = new Map<string, MemoryPath>();
  readonly #passes = new Map<string, string>();
  #passNumber = 0;
  #viewerNumber = 0;
  #state: MediaServerState = { status: 'starting', epoch: 0 };
  #hooks: MediaServerHooks | undefined;
  #isAway = false;

  constructor(options: MemoryMediaServerOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.supports = { recording: options.append !== undefined, viewers: true };
    this.control = {
      goDown: (reason = 'away') => this.#goDown(reason),
      comeBack: () => this.#comeBack(),
      kill: () => {
        this.#goDown('killed');
        clock.after(options.restartMs ?? 10, () => this.#comeBack());
      },
      publish: (url) => this.#publish(url),
      feed: (path, bytes) => this.#feed(path, bytes),
      connectViewer: (path, credentials) => this.#connectViewer(path, credentials),
      read: (path) => this.#paths.get(path)?.addReader(),
    };
  }

  async start(hooks: MediaServerHooks, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#hooks !== undefined) return;
    this.#hooks = hooks;
    if (this.#isAway) this.#set({ status: 'down', reason: 'away', epoch: this.#state.epoch });
    else this.#comeBack();
  }

  async stop(_signal: AbortSignal): Promise<void> {
    if (this.#hooks === undefined) return;
    this.#cutAll();
    this.#set({ status: 'down', reason: 'stopped', epoch: this.#state.epoch });
    this.#hooks = undefined;
  }

  state(): MediaServerState {
    return this.#state;
  }

  async ensurePath(name: string, spec: PathSpec, signal: AbortSignal): Promise<void> {
    this.#reach(signal);
    if (!isCameraName(name))
      throw new PortError('MEDIA_SERVER_REJECTED', { detail: { reason: 'invalid name' } });
    const known = this.#paths.get(name);
    if (known !== undefined && known.spec.pullUrl === spec.pullUrl) {
      known.setRecord(spec);
      if (spec.refusesViewers === true && !known.isReady) known.cut();
    } else {
      known?.cut();
      this.#paths.set(name, new MemoryPath(spec));
    }
    await this.#feedRecording(name);
  }

  async removePath(name: string, signal: AbortSignal): Promise<void> {
    this.#reach(signal);
    this.#paths.get(name)?.cut();
    this.#paths.delete(name);
  }

  async paths(signal: AbortSignal): Promise<readonly PathState[]> {
    this.#reach(signal);
    return [...this.#paths]
      .map(([name, path]) => path.state(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async endViewers(viewers: readonly string[], signal: AbortSignal): Promise<void> {
    this.#reach(signal);
    for (const path of this.#paths.values()) for (const viewer of viewers) path.endViewer(viewer);
  }

  publishUrl(name: string): string {
    this.#passNumber += 1;
    const nonce = String(this.#passNumber);
    this.#passes.set(nonce, name);
    if (this.#passes.size > 1_000) this.#passes.delete(String(this.#passNumber - 1_000));
    return `rtsp://memory.invalid/${name}?nonce=${nonce}`;
  }

  viewerUrls(name: string, host: string): ReturnType<MediaServer['viewerUrls']> {
    return {
      rtsp: `rtsp://${host}:8554/${name}`,
      webrtc: `http://${host}:8889/${name}/`,
      hls: `http://${host}:8888/${name}/index.m3u8`,
    };
  }

  #publish(url: string): MemoryPeer | undefined {
    const { name, nonce, path } = this.#parse(url);
    const allowed = this.#passes.get(nonce) === name;
    this.#passes.delete(nonce);
    if (!allowed || path === undefined || this.#state.status !== 'ready') return undefined;
    const peer = path.addPublisher();
    void this.#feedRecording(name);
    return peer;
  }

  #parse(url: string): {
    readonly name: string;
    readonly nonce: string;
    readonly path: MemoryPath | undefined;
  } {
    const { pathname, searchParams } = new URL(url);
    const name = pathname.slice(1);
    return { name, nonce: searchParams.get('nonce') ?? '', path: this.#paths.get(name) };
  }

  async #connectViewer(name: string, credentials: readonly string[]): Promise<MemoryPeer | undefined> {
    if (this.#state.status !== 'ready' || this.#hooks === undefined) return undefined;
    const viewer = `viewer-${String((this.#viewerNumber += 1))}`;
    const request = { path: name, protocol: 'rtsp', address: '127.0.0.1', viewer, credentials };
    const late = new Promise<boolean>((resolve) => {
      this.#clock.after(this.#options.authorizeTimeoutMs ?? 100, () => resolve(false));
    });
    const allowed = await Promise.race([this.#hooks.authorize(request), late]).catch(() => false);
    const path = this.#paths.get(name);
    if (path?.spec.refusesViewers === true && !path.isReady) return undefined;
    return allowed ? path?.addReader(viewer) : undefined;
  }

  async #feed(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.#paths.get(name);
    if (path === undefined || !path.isReady) return;
    path.count(bytes.length);
    if (path.spec.record === false || this.#options.append === undefined) return;
    path.recordingFile ??= fileName(name, path.spec.record, this.#clock.now());
    await this.#options.append(path.recordingFile, bytes);
  }

  /** While a path is recorded its file grows, as that of a real recording does. */
  async #feedRecording(name: string): Promise<void> {
    const path = this.#paths.get(name);
    if (path === undefined || path.spec.record === false || path.recordingFile !== undefined) return;
    await this.#feed(name, SOME_BYTES);
    if (path.recordingFile !== undefined) this.#keepFeeding(name, path);
  }

  #keepFeeding(name: string, path: MemoryPath): void {
    path.grow(
      this.#clock.after(GROWTH_MS, () => {
        if (this.#paths.get(name) !== path || path.recordingFile === undefined) return;
        void this.#feed(name, SOME_BYTES).catch(() => undefined);
        this.#keepFeeding(name, path);
      }),
    );
  }

  #goDown(reason: string): void {
    this.#isAway = true;
    this.#cutAll();
    this.#set({ status: 'down', reason, epoch: this.#state.epoch });
  }

  #comeBack(): void {
    this.#isAway = false;
    if (this.#hooks === undefined || this.#state.status === 'ready') return;
    this.#set({ status: 'ready', version: VERSION, epoch: this.#state.epoch + 1 });
  }

  #cutAll(): void {
    for (const path of this.#paths.values()) path.cut();
    this.#paths.clear();
  }

  #reach(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#state.status === 'ready') return;
    throw new PortError('MEDIA_SERVER_UNREACHABLE', {
      retryable: true,
      detail: { reason: this.#state.status },
    });
  }

  #set(state: MediaServerState): void {
    this.#state = state;
    this.#hooks?.stateChanged(state);
  }
}
