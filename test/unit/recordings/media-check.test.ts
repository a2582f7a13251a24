import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { MediaCheck } from '../../../core/recordings/media-check.js';
import type { MediaServerState, PathState } from '../../../ports/index.js';
import { PortError } from '../../../ports/index.js';

const READY: MediaServerState = { status: 'ready', epoch: 1 };
const never = new AbortController().signal;

function world(paths: (signal: AbortSignal) => Promise<readonly PathState[]>) {
  const clock = createManualClock();
  const server = { current: READY };
  const camera: { refusal: PortError | undefined } = { refusal: undefined };
  const streams = { refusal: () => camera.refusal };
  const check = new MediaCheck({ media: { state: () => server.current, paths }, streams, clock });
  return { clock, server, camera, check };
}

function hangs(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

async function failure(work: Promise<unknown>): Promise<{ code?: string; data?: unknown; message: string }> {
  return work.then(
    () => ({ message: 'it did not fail' }),
    (error: unknown) => error as { message: string },
  );
}

describe('whether a media server can be relied on', () => {
  it('lets one pass that answers', async () => {
    const { check } = world(() => Promise.resolve([]));
    await check.requireAnswer(never);
  });

  it('does not ask one that is known to be away', async () => {
    const { check, server } = world(() => Promise.reject(new Error('asked')));
    server.current = { status: 'down', epoch: 1, reason: 'gone fishing' };
    const error = await failure(check.requireAnswer(never));
    expect(error).to.deep.include({ code: 'DEPENDENCY_FAILED' });
    expect(error.data).to.include({ dependency: 'media-server', detail: 'gone fishing' });
  });

  it('gives one that hangs two seconds, though it counts as ready', async () => {
    const { check, clock } = world(hangs);
    const asked = failure(check.requireAnswer(never));
    await clock.advance(2_000);
    expect(await asked).to.deep.include({ code: 'DEPENDENCY_FAILED' });
  });

  it('passes on why it refuses, and that the caller has given up', async () => {
    const refusing = world(() => Promise.reject(new PortError('MEDIA_SERVER_UNREACHABLE')));
    expect(await failure(refusing.check.requireAnswer(never))).to.include({ code: 'DEPENDENCY_FAILED' });
    const caller = new AbortController();
    const asked = failure(world(hangs).check.requireAnswer(caller.signal));
    caller.abort(new Error('enough'));
    expect((await asked).message).to.equal('enough');
  });

  for (const loss of ['server', 'camera'] as const) {
    it(`ends work that waits for a ${loss} that goes away, and leaves nobody waiting`, async () => {
      const { check, clock, server, camera } = world(() => Promise.resolve([]));
      let wasEnded = false;
      const work = (signal: AbortSignal): Promise<never> => {
        signal.addEventListener('abort', () => (wasEnded = true));
        return hangs(signal);
      };
      const done = failure(check.during('camera0', work, never));
      if (loss === 'server') server.current = { status: 'down', epoch: 1 };
      else camera.refusal = new PortError('DEVICE_GONE');
      await clock.advance(50);
      expect(await done).to.include({ code: loss === 'server' ? 'DEPENDENCY_FAILED' : 'INVALID_STATE' });
      expect(wasEnded).to.equal(true);
      expect(clock.pending).to.equal(0);
    });
  }
});
