import type { Component, Logger, MediaServer, ViewerRequest } from '../../ports/index.js';
import { maySee } from '../auth/roles.js';
import type { AuthService } from '../auth/auth-service.js';
import type { CameraRegistry } from '../cameras/registry.js';
import type { StreamService } from './stream-service.js';

export interface MediaGateDeps {
  readonly media: MediaServer;
  readonly auth: AuthService;
  readonly registry: CameraRegistry;
  readonly streams: StreamService;
  readonly log: Logger;
  /** Called on each change of the media server's state, after the streams know. */
  readonly onStateChange: () => void;
}

/** Brings the media server up and answers for it who may see what. A viewer who is let in is also the wish for a picture. */
export class MediaGate implements Component {
  readonly name = 'media-server';
  /** A media server closes its recordings, on a disk that may be slow. */
  readonly stopMs = 10_000;
  readonly #deps: MediaGateDeps;

  constructor(deps: MediaGateDeps) {
    this.#deps = deps;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { media, streams, onStateChange } = this.#deps;
    await media.start(
      {
        authorize: (request) => this.authorize(request),
        stateChanged: (state) => {
          streams.mediaChanged(state);
          onStateChange();
        },
      },
      signal,
    );
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#deps.media.stop(signal);
  }

  /** Answers from memory: no call to the media server, no waiting for a camera. */
  async authorize(request: ViewerRequest): Promise<boolean> {
    for (const credential of request.credentials) {
      if (await this.#admits(credential, request)) {
        this.#deps.streams.viewerComes(request.path);
        return true;
      }
    }
    return false;
  }

  async #admits(credential: string, { path, address, protocol }: ViewerRequest): Promise<boolean> {
    try {
      const principal = await this.#deps.auth.login(credential, address);
      return maySee(principal, path) && this.#deps.registry.get(path) !== undefined;
    } catch (cause) {
      this.#deps.log.debug('viewer refused', { path, address, protocol, cause });
      return false;
    }
  }
}
