/** Links and downloads when the credential ends that they were given for. */
import { expect } from 'chai';
import { Roster } from '../../../core/lifecycle/roster.js';
import type { AuthProvider } from '../../../ports/index.js';
import { AuthService } from '../../../core/auth/auth-service.js';
import { Tickets } from '../../../core/auth/tickets.js';
import { Files } from '../../../core/library/file-endpoint.js';
import type { FileLibrary } from '../../../core/library/file-library.js';
import type { FileDownload, FileRequest, Principal } from '../../../ports/index.js';
import { ChangingProvider } from '../auth/changing-provider.js';
import { CoreWorld } from '../core-world.js';
import { libraryOf } from './library-of.js';

const KEY = 'key-of-a-lost-tablet';
const filename = 'camera0_2026-01-01_00-00-01-000000.mp4';

describe('access to a file', () => {
  let world: CoreWorld;
  let provider: ChangingProvider;
  let auth: AuthService;
  let library: FileLibrary;
  let endpoint: Files;
  let holder: Principal;

  beforeEach(async () => {
    world = new CoreWorld();
    const { clock, log, store } = world;
    provider = new ChangingProvider();
    holder = provider.give(KEY, { cameras: ['camera0'] });
    auth = new AuthService({ providers: new Roster<AuthProvider>([provider]), clock, log });
    await auth.start();
    const tickets = new Tickets(clock, { secret: new Uint8Array(32), ttlSeconds: 900 });
    library = libraryOf(world, tickets);
    endpoint = new Files({ library, files: store, auth, tickets, clock, log });
    store.place('recordings', filename, new Uint8Array(3));
    await world.start();
    // In three pieces, as a file that is longer than one.
    store.read = async function* () {
      for (let piece = 0; piece < 3; piece += 1) yield new Uint8Array(1);
    };
  });
  afterEach(async () => {
    await auth.stop();
    await world.stop();
  });

  async function open(shown: Partial<FileRequest>): Promise<FileDownload | string> {
    const outcome = await endpoint.open({ kind: 'recordings', filename, address: '127.0.0.1', ...shown });
    return outcome.ok ? outcome.file : outcome.error.data.code;
  }

  async function ticket(): Promise<Partial<FileRequest>> {
    const url = await library.downloadUrl({ kind: 'recordings', filename }, holder);
    return { ticket: new URL(url, 'http://x').searchParams.get('ticket') ?? '' };
  }

  const ends: readonly (readonly [string, () => unknown, string])[] = [
    ['is taken back', () => provider.revoke(KEY), 'AUTH_FAILED'],
    ['may not see the camera any more', () => provider.change(KEY, { cameras: [] }), 'FILE_NOT_FOUND'],
    ['is over', () => world.clock.advance(60_000), 'TOKEN_EXPIRED'],
  ];

  for (const [what, end, code] of ends) {
    it(`by its link ends when the credential ${what}`, async () => {
      holder = provider.give(KEY, { cameras: ['camera0'], expiresAt: world.clock.now() + 60_000 });
      const link = await ticket();
      expect(await open(link)).to.be.an('object');
      await end();
      expect(await open(link)).to.equal(code);
    });

    for (const way of ['credential', 'link'] as const)
      it(`that is under way by ${way} is cut when the credential ${what}`, async () => {
        holder = provider.give(KEY, { cameras: ['camera0'], expiresAt: world.clock.now() + 60_000 });
        const download = (await open(way === 'link' ? await ticket() : { credential: KEY })) as FileDownload;
        const pieces = download.read()[Symbol.asyncIterator]();
        expect((await pieces.next()).done).to.equal(false);
        await end();
        await world.clock.advance(0);
        const cut = await pieces.next().then(
          () => 'it went on',
          (cause: unknown) => (cause as { code: string }).code,
        );
        expect(cut).to.equal(code);
      });
  }

  it('goes on to the end otherwise, and leaves nothing behind', async () => {
    await world.clock.advance(5_000);
    const before = world.clock.pending;
    holder = provider.give(KEY, { expiresAt: world.clock.now() + 600_000 });
    const download = (await open({ credential: KEY })) as FileDownload;
    const other = provider.give('other');
    await provider.revoke(other.credentialId ?? '');
    let length = 0;
    for await (const piece of download.read()) length += piece.length;
    for await (const piece of download.read()) if (piece.length > 0) break;
    expect(length).to.equal(3);
    await world.clock.advance(5_000);
    expect(world.clock.pending).to.equal(before);
  });
});
