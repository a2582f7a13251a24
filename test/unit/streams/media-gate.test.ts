import { expect } from 'chai';
import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import { Roster } from '../../../core/lifecycle/roster.js';
import { AuthService } from '../../../core/auth/auth-service.js';
import { MediaGate } from '../../../core/streams/media-gate.js';
import { Viewers } from '../../../core/streams/viewers.js';
import { CoreWorld } from '../core-world.js';

describe('MediaGate', () => {
  let world: CoreWorld;
  let gate: MediaGate;
  let stateChanges: number;

  beforeEach(async () => {
    world = await new CoreWorld().start();
    await world.plug();
    await world.plug(2);
    const { clock, log, registry, streams, media } = world;
    const fixed = new Map([
      ['good', { id: 'v', role: 'viewer' as const }],
      ['scoped', { id: 's', role: 'viewer' as const, cameras: ['camera1'] }],
    ]);
    const auth = new AuthService({
      providers: new Roster([createMemoryAuthProvider({ fixed }, { clock })]),
      clock,
      log,
    });
    stateChanges = 0;
    const monitor = { mediaServer: (): void => void (stateChanges += 1) };
    const viewers = new Viewers({ media, auth, clock, log });
    gate = new MediaGate({ media, auth, registry, streams, viewers, log, monitor });
    await world.memory.stop(world.signal);
    await gate.start(world.signal);
    await world.clock.advance(0);
  });
  afterEach(() => world.stop());

  const asks = (path: string, ...credentials: string[]): Promise<boolean> =>
    gate.authorize({ path, protocol: 'rtsp', address: '127.0.0.1', credentials });

  it('lets in who may see the camera, and starts it', async () => {
    expect(await asks('camera0', 'good')).to.equal(true);
    await world.clock.advance(300);
    expect(world.capture.control.running().map(({ camera }) => camera)).to.deep.equal(['camera0']);
  });

  it('tries every credential that was shown', async () => {
    expect(await asks('camera0', 'rubbish', 'good')).to.equal(true);
  });

  it('refuses without starting anything', async () => {
    expect(await asks('camera0')).to.equal(false);
    expect(await asks('camera0', 'rubbish')).to.equal(false);
    expect(await asks('camera0', 'scoped')).to.equal(false);
    expect(await asks('camera9', 'good')).to.equal(false);
    await world.clock.advance(1_000);
    expect(world.capture.control.starts()).to.equal(0);
    expect(await asks('camera1', 'scoped')).to.equal(true);
  });

  it('answers for the media server, and passes its state on', async () => {
    expect(await world.memory.control.connectViewer('camera0', ['rubbish'])).to.equal(undefined);
    expect(await world.memory.control.connectViewer('camera0', ['good'])).to.not.equal(undefined);
    const before = stateChanges;
    world.memory.control.goDown();
    expect(stateChanges).to.equal(before + 1);
    await gate.stop(world.signal);
  });
});
