import { expect } from 'chai';
import type { Capture, CaptureEnd, CaptureJob, CaptureSession } from '../../ports/capture.js';
import { identityTrait, isFlagOrAbsent, isKinds } from './identity.trait.js';
import { before, failure } from './outcome.js';
import { expectPicture } from './picture.js';
import { afterEach, beforeEach, contractSuite, describe, it, timeout } from './runner.contract.js';

/** A stream as the server behind `publishUrl` got it. */
export interface ReceivedStream {
  /** `h264` or `h265`. */
  readonly codec: string;
  /** True when frames come in another order than that in which they are shown. */
  readonly hasBFrames: boolean;
  /** In the order of arrival. */
  readonly frames: readonly { readonly seconds: number; readonly isKeyframe: boolean }[];
}

/** A camera that is plugged in and works, and hands on it. */
export interface CaptureWorld {
  create(): Capture | Promise<Capture>;
  /** A job for the camera. Its `publishUrl` holds the word of `secret`. */
  job(): CaptureJob | Promise<CaptureJob>;
  readonly secret: string;
  /** Reads about two seconds of what the server behind the job's `publishUrl` gets, or what there was; rejects when nothing arrives. */
  received(job: CaptureJob): Promise<ReceivedStream>;
  /** Lets the camera deliver one more picture, where it does not run by itself. */
  picture(): void;
  unplug(): Promise<void>;
  /** From here on another program is using the camera. Left out where programs share it: `supports.exclusive` is false then. */
  occupy?(): Promise<void>;
  /** The capture hangs: it delivers nothing and no longer listens to polite requests. May be left out only where programs share the camera. */
  freeze?(session: CaptureSession): void;
  /** True while anything of the capture is left: a process, an open device. */
  isLeft(session: CaptureSession): boolean;
  /** Puts the camera back and ends what the case left running. */
  reset(): Promise<void>;
  /** How soon a picture or an end must come, in milliseconds. */
  readonly withinMs: number;
}

const GRACE_MS = 200;

/** What every Capture does. */
export const captureContract = contractSuite((name, world: CaptureWorld) => {
  describe(`${name} as a Capture`, () => {
    timeout(world.withinMs * 6 + 2000);
    identityTrait(() => world.create(), { kinds: isKinds, exclusive: isFlagOrAbsent });
    let stop = new AbortController();
    let sessions: CaptureSession[] = [];

    const start = async (): Promise<CaptureSession> => {
      const session = await (await world.create()).start(await world.job(), stop.signal);
      sessions.push(session);
      return session;
    };
    const running = async (): Promise<CaptureSession> => {
      const session = await start();
      await next(session, 0);
      return session;
    };
    const next = async (session: CaptureSession, after: number) => {
      const frame = session.next(after, AbortSignal.timeout(world.withinMs));
      world.picture();
      return before(frame, world.withinMs + 100);
    };
    const ended = (session: CaptureSession): Promise<CaptureEnd> => before(session.ended, world.withinMs);

    beforeEach(() => {
      stop = new AbortController();
      sessions = [];
    });
    afterEach(async () => {
      stop.abort();
      await Promise.all(
        sessions.map((session) => before(session.stop(0), world.withinMs).catch(() => undefined)),
      );
      await world.reset();
    });

    it('[delivers-jpeg] delivers complete JPEG files with their dimensions and time', async () => {
      const from = Date.now();
      expectPicture(await next(await start(), 0), from);
    });

    it('[rising-sequence] numbers the frames in ascending order, and next returns a frame after the given number', async () => {
      const session = await start();
      let sequence = 0;
      for (let turn = 0; turn < 4; turn += 1) {
        const frame = await next(session, sequence);
        expect(frame.sequence).to.be.greaterThan(sequence);
        sequence = frame.sequence;
      }
    });

    it('[latest] keeps the latest frame', async () => {
      const session = await start();
      const frame = await next(session, 0);
      expect(session.latest()?.sequence).to.be.at.least(frame.sequence);
    });

    it('[counts] counts frames and reports the time of the last one', async () => {
      const session = await running();
      const { tapFrames, lastFrameAt } = session.stats();
      expect(tapFrames).to.be.at.least(1);
      expect(lastFrameAt).to.be.at.least(session.startedAt - 1);
      await next(session, session.latest()?.sequence ?? 0);
      expect(session.stats().tapFrames).to.be.greaterThan(tapFrames);
    });

    it('[publishes] sends the stream to the publish URL with keyframes, increasing timestamps and no B-frames', async () => {
      const job = await world.job();
      const session = await (await world.create()).start(job, stop.signal);
      sessions.push(session);
      let sequence = 0;
      for (let turn = 0; turn < 3; turn += 1) ({ sequence } = await next(session, sequence));
      const { codec, hasBFrames, frames } = await before(world.received(job), world.withinMs * 2);
      expect(codec).to.be.oneOf(['h264', 'h265']);
      expect(hasBFrames, 'B-frames').to.equal(false);
      expect(frames).to.have.lengthOf.at.least(2);
      expect(
        frames.some(({ isKeyframe }) => isKeyframe),
        'a keyframe within two seconds',
      ).to.equal(true);
      const times = frames.map(({ seconds }) => seconds);
      expect(times, 'timestamps').to.deep.equal([...new Set(times)].sort((a, b) => a - b));
      expect(session.stats().publishedFrames).to.be.at.least(2);
    });

    it('[next-aborts] stops waiting for a frame with the reason of the signal', async () => {
      const session = await running();
      const reason = new Error('enough');
      const waiting = new AbortController();
      const result = session.next(Number.MAX_SAFE_INTEGER, waiting.signal);
      waiting.abort(reason);
      expect(await failure(before(result, world.withinMs))).to.equal(reason);
      const late = session.next(0, AbortSignal.abort(reason));
      expect(await failure(before(late, world.withinMs)), 'aborted before').to.equal(reason);
    });

    it('[next-ends] fails with NO_FRAME when the capture ends before the frame', async () => {
      const session = await running();
      const waiting = session.next(Number.MAX_SAFE_INTEGER, new AbortController().signal);
      const error = failure(before(waiting, world.withinMs));
      await session.stop(world.withinMs);
      expect(await error).to.have.property('code', 'NO_FRAME');
      const afterwards = session.next(Number.MAX_SAFE_INTEGER, new AbortController().signal);
      expect(await failure(before(afterwards, world.withinMs))).to.have.property('code', 'NO_FRAME');
    });

    it('[stops] can be stopped, leaves nothing behind, and can be stopped again', async () => {
      const session = await running();
      await before(session.stop(world.withinMs), world.withinMs);
      expect((await ended(session)).reason).to.equal('stopped');
      expect(world.isLeft(session), 'left behind').to.equal(false);
      await before(session.stop(world.withinMs), world.withinMs);
    });

    it('[stops-frozen] kills a capture that hangs if the grace period is 0', async () => {
      const session = await running();
      world.freeze?.(session);
      await before(session.stop(0), world.withinMs);
      expect((await ended(session)).reason).to.equal('stopped');
      expect(world.isLeft(session), 'left behind').to.equal(false);
    });

    const { freeze, occupy } = world;
    if (freeze)
      it('[stops-politely] gives a capture the grace period before it is killed', async () => {
        const session = await running();
        freeze(session);
        let isOver = false;
        const stopped = session.stop(GRACE_MS).then(() => (isOver = true));
        await pause(GRACE_MS / 2);
        expect(isOver, 'ended before the grace was over').to.equal(false);
        await before(stopped, GRACE_MS + world.withinMs);
        expect((await ended(session)).reason).to.equal('stopped');
        expect(world.isLeft(session), 'left behind').to.equal(false);
      });

    it('[abort-ends] kills the capture when the signal aborts', async () => {
      const session = await running();
      world.freeze?.(session);
      stop.abort();
      await ended(session);
      expect(world.isLeft(session), 'left behind').to.equal(false);
    });

    it('[aborted-start] does not start if the signal is already aborted', async () => {
      const reason = new Error('too late');
      const capture = await world.create();
      expect(await failure(capture.start(await world.job(), AbortSignal.abort(reason)))).to.equal(reason);
    });

    it('[tells-gone] ends with device_gone when the camera is unplugged', async () => {
      const session = await running();
      await world.unplug();
      expect((await ended(session)).reason).to.equal('device_gone');
      expect(world.isLeft(session), 'left behind').to.equal(false);
    });

    it('[exclusive] declares whether only one program at a time can use the camera', async () => {
      const { exclusive = true } = (await world.create()).supports;
      expect(exclusive, 'supports.exclusive, where the world can occupy').to.equal(occupy !== undefined);
      expect(exclusive && freeze === undefined, 'exclusive, and the world cannot freeze').to.equal(false);
    });

    if (occupy)
      it('[tells-busy] ends with device_busy when another program is using the camera', async () => {
        await occupy();
        const session = await start();
        expect((await ended(session)).reason).to.equal('device_busy');
      });

    it('[no-secret] never reveals the secret of the publish URL', async () => {
      const session = await running();
      await world.unplug();
      expect(JSON.stringify(await ended(session))).not.to.contain(world.secret);
    });

    it('[trouble] reports no problem on a machine that has everything it needs', async () => {
      const capture = await world.create();
      expect(await capture.trouble?.(stop.signal)).to.equal(undefined);
    });

    it('[refuses-kinds] refuses unsupported kinds of sources', async () => {
      const capture = await world.create();
      const job = await world.job();
      expect(capture.supports.kinds).to.include(job.source.kind);
      const foreign = { ...job, source: { ...job.source, kind: 'no-such-kind' } };
      const started = capture.start(foreign, stop.signal);
      expect(await failure(started)).to.have.property('code', 'DEVICE_UNSUPPORTED');
    });
  });
});

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
