import type { Component, Logger, MediaServer, Principal, ViewerRequest } from '../../ports/index.js';
import { maySee } from '../auth/roles.js';
import type { AuthService } from '../auth/auth-service.js';
import type { CameraRegistry } from '../cameras/registry.js';
import type { StreamService } from './stream-service.js';
import type { Viewers } from './viewers.js';

export interface MediaGateDeps {
  readonly media: MediaServer;
  readonly auth: AuthService;
  readonly registry: CameraRegistry;
  readonly streams: StreamService;
  readonly viewers: Viewers;
  readonly log: Logger;
  /** Is told of each change of the media server's state, after the streams. */
  readonly monitor: { mediaServer(): void };
}

/** Brings the media server up and answers for it who may see what. A viewer who is let in is also the wish for a picture. */
export class MediaGate implements Component {
  readonly name = 'media-server';
  /** A media server closes its recordings, on a disk that may be slow. */
  readonly stopMs = 10_000;
  readonly #deps: MediaGateDeps;
  #offLooks: () => void = () => undefined;

  constructor(deps: MediaGateDeps) {
    this.#deps = deps;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { media, streams, viewers, monitor } = this.#deps;
    this.#offLooks();
    this.#offLooks = streams.looks.add((paths) => viewers.seen(paths));
    await media.start(
      {
        authorize: (request) => this.authorize(request),
        stateChanged: (state) => {
          streams.mediaChanged(state);
          monitor.mediaServer();
        },
      },
      signal,
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#offLooks();
    this.#deps.viewers.stop();
    await this.#deps.media.stop(signal);
  }

  /** Answers from memory: no call to the media server, no waiting for a camera. */
  async authorize(request: ViewerRequest): Promise<boolean> {
    for (const credential of request.credentials) {
      const principal = await this.#admits(credential, request);
      if (principal === undefined) continue;
      if (request.viewer !== undefined) this.#deps.viewers.admit(request.viewer, request.path, principal);
      this.#deps.streams.viewerComes(request.path);
      return true;
    }
    return false;
  }

  async #admits(
    credential: string,
    { path, address, protocol }: ViewerRequest,
  ): Promise<Principal | undefined> {
    try {
      // The media server waits for the answer with all its paths.
      const principal = await this.#deps.auth.check(credential, address);
      const isThere = maySee(principal, path) && this.#deps.registry.get(path) !== undefined;
      return isThere ? principal : undefined;
    } catch (cause) {
      this.#deps.log.debug('viewer refused', { path, address, protocol, cause });
      return undefined;
    }
  }
}
