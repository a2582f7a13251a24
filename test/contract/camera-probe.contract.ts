import { expect } from 'chai';
import type { CameraProbe } from '../../ports/camera-probe.js';
import type { SourceDescriptor } from '../../ports/device-event-source.js';
import { identityTrait, isKinds } from './identity.trait.js';
import { before, failure } from './outcome.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';
import { afterEach, contractSuite, describe, it, timeout } from './runner.contract.js';

/** A camera that is plugged in, and hands on it. */
export interface ProbeWorld {
  create(): CameraProbe | Promise<CameraProbe>;
  source(): SourceDescriptor | Promise<SourceDescriptor>;
  unplug(): Promise<void>;
  /** Another program streams from the camera. Left out where programs share it: the probe has no `requireFree` then. */
  occupy?(): Promise<void>;
  reset(): Promise<void>;
  readonly withinMs: number;
}

/** What every CameraProbe does. */
export const cameraProbeContract = contractSuite((name, world: ProbeWorld) => {
  describe(`${name} as a CameraProbe`, () => {
    timeout(world.withinMs * 3 + 2000);
    const probe = async (
      changes: Partial<SourceDescriptor> = {},
      signal = AbortSignal.timeout(world.withinMs),
    ) => {
      const asked = (await world.create()).probe({ ...(await world.source()), ...changes }, signal);
      return before(asked, world.withinMs * 2);
    };

    afterEach(() => world.reset());

    identityTrait(() => world.create(), { kinds: isKinds });
    optionalLifecycleTrait(async () => await world.create(), world.withinMs);

    it('[tells-formats] reports at least one format with a resolution', async () => {
      const { formats } = await probe();
      const sizes = formats.flatMap((format) => format.sizes);
      expect(sizes).not.to.have.lengthOf(0);
      for (const { width, height } of sizes)
        for (const length of [width, height]) expect(length).to.satisfy(Number.isSafeInteger).and.be.above(0);
      for (const { description, compressed } of formats) {
        expect(description).to.be.a('string');
        expect(compressed).to.be.a('boolean');
      }
    });

    it('[tells-controls] reports controls by name, with consistent limits', async () => {
      const { controls } = await probe();
      for (const { name: label, type, minimum, maximum, step, default: usual } of controls) {
        expect(label).to.be.a('string').that.is.not.equal('');
        expect(type).to.be.oneOf(['integer', 'boolean', 'menu', 'button', 'other']);
        for (const value of [minimum, maximum, step, usual])
          if (value !== undefined) expect(value, label).to.satisfy(Number.isFinite);
        if (minimum !== undefined && maximum !== undefined) expect(minimum, label).to.be.at.most(maximum);
      }
      expect(new Set(controls.map((control) => control.name)).size, 'each once').to.equal(controls.length);
    });

    it('[fourcc] names formats by FourCC codes', async () => {
      for (const { pixelFormat } of (await probe()).formats) expect(pixelFormat).to.match(/^[ -~]{4}$/);
    });

    it('[rates-descend] lists frame rates in descending order', async () => {
      const { formats } = await probe();
      for (const { fps } of formats.flatMap((format) => format.sizes)) {
        expect(fps).to.deep.equal([...fps].sort((a, b) => b - a));
        for (const rate of fps) expect(rate).to.satisfy(Number.isFinite).and.be.greaterThan(0);
      }
    });

    it('[plain-data] returns plain data, the same each time', async () => {
      const capabilities = await probe();
      expect(structuredClone(capabilities)).to.deep.equal(capabilities);
      expect(await probe()).to.deep.equal(capabilities);
      expect(capabilities.controls).to.be.an('array');
      for (const text of [capabilities.driver, capabilities.card, capabilities.bus])
        expect(text).to.be.a('string');
    });

    it('[tells-gone] fails with DEVICE_GONE if the camera is missing', async () => {
      const source = await world.source();
      await world.unplug();
      expect(await failure(probe(source))).to.have.property('code', 'DEVICE_GONE');
    });

    if (world.occupy !== undefined) {
      it('[while-busy] works while another program streams from the camera', async () => {
        await world.occupy?.();
        expect((await probe()).formats).not.to.have.lengthOf(0);
      });

      it('[tells-busy] reports that another program is using the camera, if it can determine that', async () => {
        const { requireFree } = await world.create();
        if (requireFree === undefined) return;
        const ask = async (): Promise<void> =>
          requireFree(await world.source(), AbortSignal.timeout(world.withinMs));
        await ask();
        await world.occupy?.();
        expect(await failure(ask())).to.have.property('code', 'DEVICE_BUSY');
      });
    }

    it('[exclusive] can check for a free camera only if other programs can use the camera exclusively', async () => {
      const { requireFree } = await world.create();
      expect(
        requireFree !== undefined && world.occupy === undefined,
        'requireFree, and nothing to test it with',
      ).to.equal(false);
    });

    it('[free-fails] rejects the check for a free camera if the camera is missing or the signal is aborted', async () => {
      const { requireFree } = await world.create();
      if (requireFree === undefined) return;
      const source = await world.source();
      const reason = new Error('too late');
      expect(await failure(requireFree(source, AbortSignal.abort(reason)))).to.equal(reason);
      const foreign = requireFree({ ...source, kind: 'no-such-kind' }, AbortSignal.timeout(world.withinMs));
      expect(await failure(foreign)).to.have.property('code', 'DEVICE_UNSUPPORTED');
      await world.unplug();
      const gone = requireFree(source, AbortSignal.timeout(world.withinMs));
      expect(await failure(gone)).to.have.property('code', 'DEVICE_GONE');
    });

    it('[aborts] fails with the reason of the signal', async () => {
      const reason = new Error('too late');
      expect(await failure(probe({}, AbortSignal.abort(reason)))).to.equal(reason);
    });

    it('[abort-midway] settles promptly when aborted while it is working', async () => {
      const reason = new Error('enough');
      const giveUp = new AbortController();
      const outcome = probe({}, giveUp.signal).then(
        () => 'an answer',
        (error: unknown) => error,
      );
      setTimeout(() => giveUp.abort(reason), 0);
      const settled = await outcome;
      if (settled !== 'an answer') expect(settled).to.equal(reason);
    });

    it('[refuses-kinds] refuses unsupported kinds of sources', async () => {
      expect((await world.create()).supports.kinds).to.include((await world.source()).kind);
      const foreign = { ...(await world.source()), kind: 'no-such-kind' };
      // Taken apart, so that an error thrown by the call itself is not mistaken for a rejection.
      const asked = (await world.create()).probe(foreign, AbortSignal.timeout(world.withinMs));
      expect(await failure(asked)).to.have.property('code', 'DEVICE_UNSUPPORTED');
    });
  });
});
