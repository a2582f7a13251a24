import { expect } from 'chai';
import type { FrameGrabber, GrabRequest } from '../../ports/frame-grabber.js';
import { before, failure } from './outcome.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';
import { afterEach, contractSuite, describe, it, timeout } from './runner.contract.js';

/** A camera that is plugged in and idle, and hands on it. */
export interface GrabWorld {
  create(): FrameGrabber | Promise<FrameGrabber>;
  request(): GrabRequest | Promise<GrabRequest>;
  unplug(): Promise<void>;
  /** From here on another program has the camera. */
  occupy(): Promise<void>;
  /** The camera opens and delivers nothing. */
  freeze(): Promise<void>;
  /** True while something of a grab is left: a process, an open device. */
  isLeft(): boolean;
  reset(): Promise<void>;
  /** How soon a picture or a refusal must come, in milliseconds. */
  readonly withinMs: number;
}

/** What every FrameGrabber does. */
export const frameGrabberContract = contractSuite((name, world: GrabWorld) => {
  describe(`${name} as a FrameGrabber`, () => {
    timeout(world.withinMs * 5 + 2000);
    const grab = async (changes: Partial<GrabRequest> = {}, signal = AbortSignal.timeout(world.withinMs)) =>
      (await world.create()).grab({ ...(await world.request()), ...changes }, signal);

    afterEach(() => world.reset());

    optionalLifecycleTrait(async () => await world.create(), world.withinMs);

    it('[takes-picture] takes a whole JPEG with its size and time', async () => {
      const from = Date.now();
      const { jpeg, width, height, capturedAt } = await grab();
      expect([...jpeg.subarray(0, 3)], 'start').to.deep.equal([0xff, 0xd8, 0xff]);
      expect([...jpeg.subarray(-2)], 'end').to.deep.equal([0xff, 0xd9]);
      expect([width, height]).to.satisfy((sizes: number[]) => sizes.every((size) => size > 0));
      expect(capturedAt).to.be.within(from - 1, Date.now() + 1);
    });

    it('[warms-up] throws the warm-up pictures away', async () => {
      const { sequence } = await grab({ warmUpFrames: 3 });
      expect(sequence).to.be.at.least(4);
    });

    it('[closes] leaves the camera free: a second picture can be taken at once', async () => {
      await grab();
      expect(world.isLeft(), 'left behind').to.equal(false);
      await grab();
    });

    it('[keeps-deadline] gives up with the reason of the signal when the camera delivers nothing', async () => {
      await world.freeze();
      const reason = new Error('deadline');
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(reason), 300);
      const error = await failure(before(grab({}, deadline.signal), world.withinMs));
      clearTimeout(timer);
      expect(error).to.equal(reason);
      expect(world.isLeft(), 'left behind').to.equal(false);
    });

    it('[aborted-before] does nothing when the signal is aborted already', async () => {
      const reason = new Error('too late');
      expect(await failure(grab({}, AbortSignal.abort(reason)))).to.equal(reason);
      expect(world.isLeft(), 'left behind').to.equal(false);
    });

    it('[tells-gone] fails with DEVICE_GONE when the camera is not there', async () => {
      const request = await world.request();
      await world.unplug();
      expect(await failure(grab(request))).to.have.property('code', 'DEVICE_GONE');
    });

    it('[tells-busy] fails with DEVICE_BUSY when another program has the camera', async () => {
      await world.occupy();
      expect(await failure(grab())).to.have.property('code', 'DEVICE_BUSY');
    });

    it('[refuses-kinds] refuses a kind of source that it does not support', async () => {
      const { source } = await world.request();
      expect((await world.create()).supports.kinds).to.include(source.kind);
      const error = await failure(grab({ source: { ...source, kind: 'no-such-kind' } }));
      expect(error).to.have.property('code', 'DEVICE_UNSUPPORTED');
    });
  });
});
