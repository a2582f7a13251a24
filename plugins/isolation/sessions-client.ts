/** Running captures of an isolated plugin: the end in the isolated plugin. */
import { setTimeout as pause } from 'node:timers/promises';
import type { CaptureEnd, CaptureSession, CaptureStats, Frame } from '../../ports/index.js';

/** What has changed in a running capture. */
export interface SessionNews {
  /** With the first: the capture is running. */
  readonly begun?: Pick<CaptureSession, 'pid' | 'startedAt'>;
  readonly frame?: Frame;
  readonly stats?: CaptureStats;
  readonly end?: CaptureEnd;
}

/** How often the figures are told while no frame comes. */
const TELL_MS = 250;

export class Sessions {
  readonly #running = new Map<number, CaptureSession>();

  /** Starts a capture and tells about it until it has ended. @throws what the start throws. */
  async *run(id: number, start: () => unknown, signal: AbortSignal): AsyncGenerator<SessionNews> {
    const session = (await start()) as CaptureSession;
    if (typeof (session as Partial<CaptureSession> | undefined)?.next !== 'function')
      throw new Error('returned an invalid value: it must return a running capture');
    this.#running.set(id, session);
    const gone = new AbortController();
    try {
      const { pid, startedAt } = session;
      yield { begun: { pid, startedAt }, stats: session.stats(), ...frameOf(session.latest()) };
      yield* this.#follow(session, AbortSignal.any([gone.signal, signal]));
    } finally {
      gone.abort(new Error('nobody follows the capture'));
      this.#running.delete(id);
    }
  }

  async stop(id: number, graceMs: number): Promise<void> {
    await this.#running.get(id)?.stop(graceMs);
  }

  async *#follow(session: CaptureSession, signal: AbortSignal): AsyncGenerator<SessionNews> {
    const ended = session.ended.then((end) => ({ end }));
    let seen = session.latest()?.sequence ?? -1;
    let coming = nextAfter(session, seen, signal);
    for (;;) {
      const quiet = new AbortController();
      const turn = pause(TELL_MS, undefined, { signal: quiet.signal }).catch(() => undefined);
      const news = await Promise.race([ended, coming, turn]);
      quiet.abort();
      if (news !== undefined && 'end' in news) {
        yield { ...news, stats: session.stats(), ...frameOf(session.latest()) };
        return;
      }
      yield { stats: session.stats(), ...frameOf(news?.frame) };
      if (news === undefined) continue;
      seen = news.frame.sequence;
      coming = nextAfter(session, seen, signal);
    }
  }
}

/** Never settles when there is none any more: the end tells it. */
function nextAfter(
  session: CaptureSession,
  sequence: number,
  signal: AbortSignal,
): Promise<{ readonly frame: Frame }> {
  return new Promise((resolve) => {
    Promise.resolve()
      .then(() => session.next(sequence, signal))
      .then(
        (frame) => resolve({ frame }),
        () => undefined,
      );
  });
}

function frameOf(frame: Frame | undefined): { readonly frame?: Frame } {
  return frame === undefined ? {} : { frame };
}
