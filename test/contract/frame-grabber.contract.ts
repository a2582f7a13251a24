import { expect } from 'chai';
import type { FrameGrabber, GrabRequest } from '../../ports/frame-grabber.js';
import { identityTrait, isFlagOrAbsent, isKinds } from './identity.trait.js';
import { before, failure } from './outcome.js';
import { expectPicture } from './picture.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';
import { afterEach, contractSuite, describe, it, timeout } from './runner.contract.js';

/** A camera that is plugged in and idle, and hands on it. */
export interface GrabWorld {
  create(): FrameGrabber | Promise<FrameGrabber>;
  request(): GrabRequest | Promise<GrabRequest>;
  unplug(): Promise<void>;
  /** From here on another program is using the camera. Left out where programs share it: `supports.exclusive` is false then. */
  occupy?(): Promise<void>;
  /** The camera opens and delivers nothing. May be left out only where programs share it. */
  freeze?(): Promise<void>;
  /** True while something of a grab is left: a process, an open device. */
  isLeft(): boolean;
  reset(): Promise<void>;
  /** How soon a picture or a refusal must come, in milliseconds. */
  readonly withinMs: number;
}

/** What every FrameGrabber does. */
const isTier = (value: unknown): boolean => [0, 1, 2].includes(value as number);

export const frameGrabberContract = contractSuite((name, world: GrabWorld) => {
  describe(`${name} as a FrameGrabber`, () => {
    timeout(world.withinMs * 5 + 2000);
    const grab = async (changes: Partial<GrabRequest> = {}, signal = AbortSignal.timeout(world.withinMs)) =>
      (await world.create()).grab({ ...(await world.request()), ...changes }, signal);

    afterEach(() => world.reset());

    identityTrait(() => world.create(), { kinds: isKinds, exclusive: isFlagOrAbsent, tier: isTier });
    optionalLifecycleTrait(async () => await world.create(), world.withinMs);

    it('[takes-picture] takes a complete JPEG with its dimensions and time', async () => {
      const from = Date.now();
      expectPicture(await before(grab(), world.withinMs), from);
    });

    it('[owns-picture] returns frames that later ones do not overwrite', async () => {
      const { jpeg } = await grab();
      const copy = jpeg.slice();
      await grab();
      expect(jpeg).to.deep.equal(copy);
    });

    it('[warms-up] discards the warm-up frames', async () => {
      const { sequence } = await grab({ warmUpFrames: 3 });
      expect(sequence).to.be.at.least(4);
    });

    it('[closes] releases the camera, so that a second frame can be taken immediately', async () => {
      await grab();
      expect(world.isLeft(), 'left behind').to.equal(false);
      await grab();
    });

    it('[exclusive] declares whether only one program at a time can use the camera', async () => {
      const { exclusive = true } = (await world.create()).supports;
      expect(exclusive, 'supports.exclusive, where the world can occupy').to.equal(
        world.occupy !== undefined,
      );
      expect(exclusive && world.freeze === undefined, 'exclusive, and the world cannot freeze').to.equal(
        false,
      );
    });

    it('[abort-midway] settles promptly when aborted while it is working', async () => {
      const reason = new Error('enough');
      const giveUp = new AbortController();
      const outcome = grab({}, giveUp.signal).then(
        () => 'a picture',
        (error: unknown) => error,
      );
      setTimeout(() => giveUp.abort(reason), 0);
      const settled = await before(outcome, world.withinMs);
      if (settled !== 'a picture') expect(settled).to.equal(reason);
      expect(world.isLeft(), 'left behind').to.equal(false);
    });

    const { freeze, occupy } = world;
    if (freeze)
      it('[keeps-deadline] fails with the reason of the signal if the camera delivers nothing', async () => {
        await freeze();
        const reason = new Error('deadline');
        const deadline = new AbortController();
        const timer = setTimeout(() => deadline.abort(reason), 300);
        const error = await failure(before(grab({}, deadline.signal), world.withinMs));
        clearTimeout(timer);
        expect(error).to.equal(reason);
        expect(world.isLeft(), 'left behind').to.equal(false);
      });

    it('[aborted-before] does nothing if the signal is already aborted', async () => {
      const reason = new Error('too late');
      expect(await failure(grab({}, AbortSignal.abort(reason)))).to.equal(reason);
      expect(world.isLeft(), 'left behind').to.equal(false);
    });

    it('[tells-gone] fails with DEVICE_GONE if the camera is missing', async () => {
      const request = await world.request();
      await world.unplug();
      expect(await failure(grab(request))).to.have.property('code', 'DEVICE_GONE');
    });

    if (occupy)
      it('[tells-busy] fails with DEVICE_BUSY when another program is using the camera', async () => {
        await occupy();
        expect(await failure(grab())).to.have.property('code', 'DEVICE_BUSY');
      });

    it('[refuses-kinds] refuses unsupported kinds of sources', async () => {
      const { source } = await world.request();
      expect((await world.create()).supports.kinds).to.include(source.kind);
      const grabber = await world.create();
      const foreign = { ...(await world.request()), source: { ...source, kind: 'no-such-kind' } };
      // Taken apart, so that an error thrown by the call itself is not mistaken for a rejection.
      const grabbed = grabber.grab(foreign, AbortSignal.timeout(world.withinMs));
      const error = await failure(grabbed);
      expect(error).to.have.property('code', 'DEVICE_UNSUPPORTED');
    });
  });
});
