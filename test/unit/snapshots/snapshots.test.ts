import { expect } from 'chai';
import { createMemoryGrabber } from '../../../adapters/frame-grabber/memory/memory-grabber.js';
import type { SnapshotRequest } from '../../../core/snapshots/snapshot-service.js';
import { PortError } from '../../../ports/index.js';
import { CoreWorld, type WorldOptions } from '../core-world.js';

describe('SnapshotService', () => {
  let world: CoreWorld;

  const begin = async (options: WorldOptions = {}): Promise<void> => {
    world = await new CoreWorld(options).start();
    await world.plug();
  };
  const camera = () => world.registry.get('camera0')!;
  const take = (request: Partial<SnapshotRequest> = {}, signal = world.signal) =>
    world.snapshots.take({ camera: camera(), ...request }, signal);
  const took = (request: Partial<SnapshotRequest> = {}) => world.during(take(request));
  const fails = (request: Partial<SnapshotRequest> = {}) => world.failure(take(request));
  const stream = async (): Promise<void> => {
    world.streams.keepOn('camera0');
    await world.clock.advance(500);
  };

  beforeEach(() => begin());
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  describe('gets its picture in the cheapest way', () => {
    it('from the running capture, without waiting', async () => {
      await stream();
      const before = world.clock.monotonicMs();
      const { tier, frameAgeMs } = await take();
      expect(world.clock.monotonicMs()).to.equal(before);
      expect(tier).to.equal(0);
      expect(frameAgeMs).to.be.lessThan(100);
      expect(world.grabber.control.grabs()).to.equal(0);
    });

    it('from the next picture when the newest is too old', async () => {
      await stream();
      world.capture.control.freeze('camera0');
      await world.clock.advance(500);
      const taking = take({ maxAgeMs: 100 });
      await world.clock.advance(0);
      world.capture.control.thaw('camera0');
      const { frameAgeMs, tier } = await world.during(taking);
      expect(frameAgeMs).to.be.at.most(100);
      expect(tier).to.equal(0);
    });

    it('from an older picture when the caller does not mind', async () => {
      await stream();
      world.capture.control.freeze('camera0');
      await world.clock.advance(900);
      expect((await take({ maxAgeMs: 1_000 })).frameAgeMs).to.be.greaterThan(800);
    });

    it('straight from an idle camera', async () => {
      expect(await took()).to.include({ tier: 0 });
      expect(world.grabber.control.grabs()).to.equal(1);
      expect(world.capture.control.starts()).to.equal(0);
    });

    it('in the second way when the first fails, the cheapest first', async () => {
      await world.stop();
      const order: number[] = [];
      const grabbers: WorldOptions['grabbers'] = (clock) =>
        ([1, 0] as const).map((tier) => {
          const good = createMemoryGrabber({ kinds: ['memory'], tier }, { clock });
          return {
            ...good,
            grab: (request, signal) => {
              order.push(tier);
              return tier === 0 ? Promise.reject(new PortError('NO_FRAME')) : good.grab(request, signal);
            },
          };
        });
      await begin({ grabbers });
      expect(await took()).to.include({ tier: 1 });
      expect(order).to.deep.equal([0, 1]);
    });

    it('from the stream when there is no other way, which stays on for a while', async () => {
      await world.stop();
      await begin({ grabbers: () => [] });
      expect(await took()).to.include({ tier: 3 });
      await world.clock.advance(58_000);
      expect(world.capture.control.running()).to.have.length(1);
      await world.clock.advance(3_000);
      expect(world.capture.control.running()).to.have.length(0);
    });

    it('from the stream that is starting for somebody else', async () => {
      world.streams.keepOn('camera0');
      const { tier } = await took();
      expect(tier).to.equal(0);
      expect(world.grabber.control.grabs()).to.equal(0);
    });

    it('from the device after the stream that is being stopped has let it go', async () => {
      await stream();
      world.capture.control.freeze('camera0');
      world.streams.letGo('camera0');
      await world.clock.advance(300);
      expect(world.streams.view('camera0').status).to.equal('STOPPING');
      expect(await took({ maxAgeMs: 0 })).to.include({ tier: 0 });
      expect(world.grabber.control.grabs()).to.equal(1);
    });

    it('once more from the device when the stream is stopped while it waits for a picture', async () => {
      await stream();
      world.capture.control.freeze('camera0');
      await world.clock.advance(50);
      const taking = take({ maxAgeMs: 0 });
      await world.clock.advance(0);
      world.streams.letGo('camera0');
      await world.during(taking);
      expect(world.grabber.control.grabs()).to.equal(1);
    });
  });

  describe('shares the work', () => {
    it('between ten callers', async () => {
      const all = await world.during(Promise.all(Array.from({ length: 10 }, () => take())));
      expect(world.grabber.control.grabs()).to.equal(1);
      expect(new Set(all.map(({ file }) => file.filename)).size).to.equal(10);
      expect(await world.files('snapshots')).to.have.length(10);
    });

    it('and goes on for the others when one gives up', async () => {
      world.grabber.control.set('memory:1', 'hang');
      const gone = new AbortController();
      const first = take({}, gone.signal).catch((cause: Error) => cause);
      const second = world.failure(take());
      await Promise.resolve();
      gone.abort(new Error('client gone'));
      expect(await first).to.have.property('code', 'DEPENDENCY_FAILED');
      expect((await second).data['detail']).to.equal('no frame in time');
      expect(world.grabber.control.grabs()).to.equal(1);
    });
  });

  describe('names and writes the picture', () => {
    it('after the camera and the time', async () => {
      const { file } = await took();
      expect(file.filename).to.match(/^camera0_2026-01-01_00-00-00-\d{3}\.jpg$/);
      expect(world.snapshotChanges[0]).to.include({ type: 'taken', camera: 'camera0' });
      const indexed = await world.index.get('snapshots', file.filename);
      expect(indexed).to.include({ camera: 'camera0', format: 'jpg' });
    });

    it('as the client wants, in the format of the name', async () => {
      expect((await took({ filename: 'front.JPEG' })).file.filename).to.equal('front.JPEG');
      expect((await took({ filename: 'front.png' })).file.filename).to.equal('front.png');
      expect((await world.index.get('snapshots', 'front.png')).camera).to.equal('camera0');
      expect((await took({ format: 'png' })).file.filename).to.match(/\.png$/);
    });

    it('smaller when asked, never larger', async () => {
      const { width } = await took();
      expect(await took({ width: Math.floor(width / 2) })).to.include({ width: Math.floor(width / 2) });
      expect(await took({ width: width * 2 })).to.include({ width });
      expect(await took({ quality: 50 })).to.include({ width });
    });

    const refused: readonly (readonly [string, Partial<SnapshotRequest>, string])[] = [
      ['a name of another kind', { filename: 'front.gif' }, 'filename'],
      ['a name without a kind', { filename: 'front' }, 'filename'],
      ['a name that contradicts the format', { filename: 'front.png', format: 'jpg' }, 'filename'],
      ['a quality for a PNG', { format: 'png', quality: 50 }, 'quality'],
      ['a name that leads elsewhere', { filename: '../front.jpg' }, 'filename'],
    ];
    for (const [what, request, param] of refused) {
      it(`but refuses ${what}`, async () => {
        const { code, data } = await fails(request);
        expect([code, data['param']]).to.deep.equal(['INVALID_PARAMS', param]);
        expect(await world.files('snapshots')).to.deep.equal([]);
      });
    }

    it('but never over another one', async () => {
      await took({ filename: 'front.jpg' });
      expect((await fails({ filename: 'front.jpg' })).data).to.include({ param: 'filename', rule: 'exists' });
    });

    it('over another one when that is wanted, whose camera it then is', async () => {
      await took({ filename: 'front.jpg' });
      await took({ filename: 'front.jpg', overwrite: true, quality: 10 });
      expect(await world.files('snapshots')).to.deep.equal(['front.jpg']);
      expect((await world.index.get('snapshots', 'front.jpg')).camera).to.equal('camera0');
      expect((await fails({ overwrite: true })).data).to.include({ param: 'overwrite', rule: 'filename' });
    });

    it('but not when the storage is full', async () => {
      await world.stop();
      await begin({ capacityBytes: 999 });
      expect(await fails()).to.include({ code: 'STORAGE_FULL' });
      await world.stop();
      await begin({ capacityBytes: 10, snapshots: { reserveBytes: 0 } });
      expect(await fails()).to.include({ code: 'STORAGE_FULL' });
      expect(world.snapshotChanges.map(({ type }) => type)).to.deep.equal(['failed']);
    });
  });

  describe('says what is wrong', () => {
    it('when the camera is gone', async () => {
      const before = camera();
      await world.unplug();
      expect(await fails()).to.include({ code: 'INVALID_STATE' });
      world.grabber.control.set('memory:1', new PortError('DEVICE_GONE'));
      expect(await fails({ camera: before })).to.include({ code: 'INVALID_STATE' });
    });

    it('at once when the camera is pulled while its stream is being waited for', async () => {
      await world.stop();
      await begin({ grabbers: () => [], picturesOnlyWhenTold: true });
      const began = world.clock.monotonicMs();
      const failing = fails();
      await world.clock.advance(300);
      await world.unplug();
      expect(await failing).to.include({ code: 'INVALID_STATE' });
      expect(world.clock.monotonicMs() - began).to.be.lessThan(1_500);
    });

    it('at once when the media server is away and there is no other way', async () => {
      await world.stop();
      await begin({ grabbers: () => [] });
      world.memory.control.goDown();
      const began = world.clock.monotonicMs();
      const { code, data } = await fails();
      expect([code, data['dependency']]).to.deep.equal(['DEPENDENCY_FAILED', 'media-server']);
      expect(world.clock.monotonicMs() - began).to.be.lessThan(200);
    });

    it('when the camera is busy', async () => {
      world.grabber.control.set('memory:1', new PortError('DEVICE_BUSY', { detail: { holder: 'zoom' } }));
      expect((await fails()).data).to.include({ device: 'camera0', holder: 'zoom' });
    });

    it('when the camera could not be asked what it can do', async () => {
      world.probe.control.set('memory:2', new PortError('DEVICE_FORBIDDEN'));
      const second = await world.plug(2);
      expect(await fails({ camera: second })).to.include({ code: 'DEPENDENCY_FAILED' });
    });

    it('when every way fails', async () => {
      world.grabber.control.set('memory:1', new PortError('NO_FRAME'));
      expect(await fails()).to.include({ code: 'DEPENDENCY_FAILED' });
      world.grabber.control.set('memory:1', new PortError('DEVICE_UNSUPPORTED'));
      expect(await fails()).to.include({ code: 'UNSUPPORTED' });
    });

    it('when the running capture ends instead', async () => {
      await stream();
      world.capture.control.freeze('camera0');
      await world.clock.advance(50);
      const failing = fails({ maxAgeMs: 0 });
      await world.clock.advance(0);
      world.capture.control.end('camera0', 'device_busy', 'held by zoom');
      expect(await failing).to.include({ code: 'DEVICE_BUSY' });
    });

    it('when the stream could not be started', async () => {
      await world.stop();
      await begin({ grabbers: () => [] });
      world.capture.control.refuse(new PortError('TOOL_MISSING', { message: 'no ffmpeg' }));
      expect(await fails()).to.include({ code: 'DEPENDENCY_FAILED' });
    });

    it('when something unforeseen happens', async () => {
      world.store.write = () => Promise.reject(new TypeError('a fault'));
      expect(await fails()).to.include({ code: 'DEPENDENCY_FAILED' });
    });
  });
});
