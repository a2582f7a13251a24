import type { Clock, Logger, MediaServer, PathState, Principal } from '../../ports/index.js';
import type { AuthService } from '../auth/auth-service.js';
import type { Lease } from '../auth/lease.js';
import { maySee } from '../auth/roles.js';

export interface ViewersDeps {
  readonly media: MediaServer;
  readonly auth: AuthService;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ViewersOptions {
  /** How many are remembered; beyond it the oldest is ended. */
  readonly max?: number;
  /** How long somebody who was let in may take to be seen at the media server, which may hold them until there is a picture. */
  readonly graceMs?: number;
}

interface Viewer {
  readonly lease: Lease;
  /** On the monotonic clock. */
  readonly admittedAt: number;
  wasSeen: boolean;
  isOver: boolean;
}

const MAX_VIEWERS = 10_000;
const GRACE_MS = 120_000;

/**
 * Who watches at the media server because of which credential. The media server asks only when somebody comes; when the credential ends or
 * the camera leaves its scope, the viewer is ended there: at once, and again at each look at the paths until the viewer is gone.
 */
export class Viewers {
  readonly #deps: ViewersDeps;
  readonly #options: Required<ViewersOptions>;
  readonly #viewers = new Map<string, Viewer>();
  readonly #toEnd = new Set<string>();
  readonly #stopping = new AbortController();
  #isEnding = false;

  constructor(deps: ViewersDeps, options: ViewersOptions = {}) {
    this.#deps = deps;
    this.#options = { max: MAX_VIEWERS, graceMs: GRACE_MS, ...options };
  }

  get size(): number {
    return this.#viewers.size;
  }

  stop(): void {
    this.#stopping.abort(new Error('service is stopping'));
    for (const id of [...this.#viewers.keys()]) this.#forget(id);
  }

  /** Somebody was let in. The same viewer may come several times. @param id the media server's name for the viewer. */
  admit(id: string, path: string, principal: Principal): void {
    const wasSeen = this.#viewers.get(id)?.wasSeen ?? false;
    this.#forget(id);
    const [oldest] = this.#viewers.keys();
    if (oldest !== undefined && this.#viewers.size >= this.#options.max) {
      this.#deps.log.warn('too many viewers: the oldest one is disconnected', { max: this.#options.max });
      this.#end(oldest);
      this.#forget(oldest);
    }
    const lease = this.#deps.auth.hold(principal, {
      onEnd: () => this.#over(id),
      onChange: (changed) => {
        if (!maySee(changed, path)) this.#over(id);
      },
    });
    const admittedAt = this.#deps.clock.monotonicMs();
    this.#viewers.set(id, { lease, admittedAt, wasSeen, isOver: false });
  }

  /** Takes in who is there. */
  seen(paths: readonly PathState[]): void {
    if (this.#viewers.size === 0) return;
    const present = new Set(paths.flatMap((path) => path.viewers));
    const now = this.#deps.clock.monotonicMs();
    for (const [id, viewer] of this.#viewers) {
      const isPresent = present.has(id);
      if (isPresent && viewer.isOver) this.#end(id);
      if (!isPresent && (viewer.wasSeen || now - viewer.admittedAt > this.#options.graceMs)) this.#forget(id);
      viewer.wasSeen ||= isPresent;
    }
  }

  #forget(id: string): void {
    this.#viewers.get(id)?.lease.release();
    this.#viewers.delete(id);
  }

  #over(id: string): void {
    const viewer = this.#viewers.get(id);
    if (viewer === undefined) return;
    viewer.isOver = true;
    this.#end(id);
  }

  /** Those of one moment together. */
  #end(id: string): void {
    this.#toEnd.add(id);
    if (this.#isEnding) return;
    this.#isEnding = true;
    queueMicrotask(() => void this.#endAll());
  }

  async #endAll(): Promise<void> {
    const { media, log } = this.#deps;
    while (this.#toEnd.size > 0 && !this.#stopping.signal.aborted) {
      const ids = [...this.#toEnd];
      this.#toEnd.clear();
      try {
        await media.endViewers(ids, this.#stopping.signal);
        log.info('viewers whose authorisation ended were disconnected', { viewers: ids.length });
      } catch (cause) {
        // Whoever is still there is found at the next look.
        if (!this.#stopping.signal.aborted) log.warn('viewers could not be disconnected yet', { cause });
      }
    }
    this.#isEnding = false;
  }
}
