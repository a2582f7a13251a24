/** Viewers who are at the media server when the credential ends that let them in. */
import { expect } from 'chai';
import { Roster } from '../../../core/lifecycle/roster.js';
import type { AuthProvider } from '../../../ports/index.js';
import { AuthService } from '../../../core/auth/auth-service.js';
import { MediaGate } from '../../../core/streams/media-gate.js';
import { Viewers } from '../../../core/streams/viewers.js';
import type { MemoryPeer } from '../../../adapters/media-server/memory/memory-media-server.js';
import { PortError, type PathState } from '../../../ports/index.js';
import { ChangingProvider } from '../auth/changing-provider.js';
import { CoreWorld } from '../core-world.js';

const GRACE_MS = 30_000;

describe('viewers who were let in', () => {
  let world: CoreWorld;
  let provider: ChangingProvider;
  let viewers: Viewers;
  let gate: MediaGate;

  beforeEach(async () => {
    world = await new CoreWorld().start();
    await world.plug();
    const { clock, log, registry, streams, media } = world;
    provider = new ChangingProvider();
    const auth = new AuthService({ providers: new Roster<AuthProvider>([provider]), clock, log });
    await auth.start();
    viewers = new Viewers({ media, auth, clock, log }, { max: 3, graceMs: GRACE_MS });
    gate = new MediaGate({
      media,
      auth,
      registry,
      streams,
      viewers,
      log,
      monitor: { mediaServer: () => undefined },
    });
    await world.memory.stop(world.signal);
    await gate.start(world.signal);
    await world.clock.advance(0);
  });
  afterEach(async () => {
    await gate.stop(world.signal);
    await world.stop();
  });

  async function view(credential: string): Promise<MemoryPeer> {
    const viewer = await world.during(world.memory.control.connectViewer('camera0', [credential]));
    if (viewer === undefined) throw new Error('refused');
    await world.clock.advance(2_000);
    return viewer;
  }

  it('are ended when it is taken back, and the others stay', async () => {
    provider.give('lost');
    provider.give('kept');
    const [one, other] = [await view('lost'), await view('kept')];
    expect([one.isAlive, other.isAlive]).to.deep.equal([true, true]);
    await provider.revoke('lost');
    await world.clock.advance(0);
    expect([one.isAlive, other.isAlive]).to.deep.equal([false, true]);
  });

  it('are ended when its time is over, and when the camera is taken out of its scope', async () => {
    provider.give('brief', { expiresAt: world.clock.now() + 10_000 });
    provider.give('scoped', { cameras: ['camera0', 'camera1'] });
    const [brief, scoped] = [await view('brief'), await view('scoped')];
    await world.clock.advance(10_000);
    expect([brief.isAlive, scoped.isAlive]).to.deep.equal([false, true]);
    provider.change('scoped', { cameras: ['camera0'] });
    await world.clock.advance(0);
    expect(scoped.isAlive).to.equal(true);
    provider.change('scoped', { cameras: ['camera1'] });
    await world.clock.advance(0);
    expect(scoped.isAlive).to.equal(false);
  });

  it('are ended later when the media server did not listen at once', async () => {
    provider.give('lost');
    const viewer = await view('lost');
    const { endViewers } = world.memory;
    world.memory.endViewers = () => Promise.reject(new PortError('MEDIA_SERVER_UNREACHABLE'));
    await provider.revoke('lost');
    await world.clock.advance(0);
    expect(viewer.isAlive).to.equal(true);
    world.memory.endViewers = endViewers.bind(world.memory);
    await world.clock.advance(2_000);
    expect(viewer.isAlive).to.equal(false);
  });

  it('are ended once they appear, when the media server still held them', async () => {
    const ended: string[] = [];
    world.memory.endViewers = async (ids) => void ended.push(...ids);
    viewers.admit('held', 'camera0', provider.give('lost'));
    await provider.revoke('lost');
    await world.clock.advance(0);
    viewers.seen([pathWith('held')]);
    await world.clock.advance(0);
    expect(ended).to.deep.equal(['held', 'held']);
    viewers.seen([pathWith()]);
    expect(viewers.size, 'gone').to.equal(0);
  });

  it('are forgotten when they have left, or never came', async () => {
    provider.give('good');
    const viewer = await view('good');
    viewers.admit('question', 'camera0', provider.give('other'));
    expect(viewers.size).to.equal(2);
    viewer.stop();
    await world.clock.advance(2_000);
    expect(viewers.size).to.equal(1);
    await world.clock.advance(GRACE_MS);
    expect(viewers.size).to.equal(0);
  });

  it('are bounded in number: the oldest gives way', async () => {
    provider.give('good');
    const first = await view('good');
    const later = [await view('good'), await view('good'), await view('good')];
    expect(first.isAlive).to.equal(false);
    expect(later.every(({ isAlive }) => isAlive)).to.equal(true);
    expect(viewers.size).to.equal(3);
  });
});

function pathWith(...viewers: string[]): PathState {
  return {
    name: 'camera0',
    ready: true,
    readers: viewers.length,
    viewers,
    inboundBytes: 0,
    outboundBytes: 0,
    tracks: [],
  };
}
