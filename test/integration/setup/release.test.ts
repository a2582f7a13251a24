import { expect } from 'chai';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { ARCHIVE, createWorld, type InstallerWorld } from './installer-world.js';

describe('MediaMTX from the official release', () => {
  let world: InstallerWorld;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.dispose());

  async function refused(): Promise<string> {
    const error = await world.install().catch((reason: unknown) => reason);
    expect(error, 'the installation must fail').to.be.an('error');
    expect(existsSync(world.cached), 'nothing unverified may reach the cache').to.equal(false);
    expect(world.leftovers()).to.deep.equal([]);
    return world.notes[0] ?? '';
  }

  it('verifies, unpacks and keeps it', async () => {
    world.publish(world.archive());
    const found = await world.install();
    expect(found).to.deep.equal({ kind: 'found', path: world.cached, version: 'v1.20.1', origin: 'release' });
    expect(statSync(world.cached).mode & 0o777).to.equal(0o755);
    expect(world.leftovers()).to.deep.equal([]);
  });

  it('asks no network when the cache has it', async () => {
    world.publish(world.archive());
    await world.install();
    world.requests.length = 0;
    const found = await world.install();
    expect(found.origin).to.equal('cache');
    expect(world.requests).to.deep.equal([]);
  });

  it('follows a redirect', async () => {
    world.publish(world.archive());
    const archive = world.answers.get(`/v1.20.1/${ARCHIVE}`);
    world.answers.set(`/v1.20.1/${ARCHIVE}`, (response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    if (archive !== undefined) world.answers.set('/elsewhere', archive);
    expect((await world.install()).origin).to.equal('release');
  });

  it('refuses another content than the checksum says', async () => {
    world.publish(world.archive(), `${'0'.repeat(64)}  ${ARCHIVE}\n`);
    expect(await refused()).to.contain('SHA-256');
  });

  it('refuses an archive that the checksums do not name', async () => {
    world.publish(world.archive(), `${'0'.repeat(64)}  another.tar.gz\n`);
    expect(await refused()).to.contain('does not name');
  });

  it('refuses a truncated archive', async () => {
    const archive = world.archive();
    world.publish(archive);
    world.answers.set(`/v1.20.1/${ARCHIVE}`, (response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 40), () => response.destroy());
    });
    expect(await refused()).to.match(/aborted|early|hang up/);
  });

  it('gives up on a server that stops in the middle', async () => {
    const archive = world.archive();
    world.publish(archive);
    world.answers.set(`/v1.20.1/${ARCHIVE}`, (response) => {
      response.writeHead(200, { 'content-length': archive.length }).write(archive.subarray(0, 40));
    });
    expect(await refused()).to.contain('no answer within');
  });

  it('refuses something that is no archive, and one with another version in it', async () => {
    world.publish(Buffer.from('not an archive'));
    expect(await refused()).to.contain('cannot be unpacked');
    world.notes.length = 0;
    world.publish(world.archive('v1.19.0'));
    expect(await refused()).to.contain('v1.19.0');
  });

  it('says what a server answered', async () => {
    expect(await refused()).to.contain('404');
  });

  it('moves on at once when nobody listens, and says what to do', async () => {
    world.env['CAMERA_SERVICE_MEDIAMTX_RELEASE_BASE'] = 'http://127.0.0.1:1';
    expect(await refused()).to.contain('ECONNREFUSED');
    const error = await world.install().catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('message').that.contains('MEDIAMTX_BIN');
  });

  it('lets two set-ups at once bring it once', async () => {
    world.publish(world.archive());
    const both = await Promise.all([world.install(), world.install()]);
    expect(both.map(({ path: where }) => where)).to.deep.equal([world.cached, world.cached]);
    expect(world.requests.filter((url) => url.endsWith('.gz'))).to.have.length(1);
  });

  describe('what is there already', () => {
    it('uses the one that MEDIAMTX_BIN names, with a warning for another version', async () => {
      world.env['MEDIAMTX_BIN'] = world.program(path.join(world.folder, 'own/mediamtx'), 'v1.18.0');
      const found = await world.install();
      expect(found).to.include({ origin: 'MEDIAMTX_BIN', version: 'v1.18.0' });
      expect(found.warning).to.contain('v1.20.1');
    });

    it('refuses an old or broken one that MEDIAMTX_BIN names and brings no other', async () => {
      for (const version of ['v1.15.5', 'nonsense']) {
        world.env['MEDIAMTX_BIN'] = world.program(path.join(world.folder, 'own/mediamtx'), version);
        const error = await world.install().catch((reason: unknown) => reason);
        expect(error)
          .to.be.an('error')
          .with.property('message')
          .that.matches(/^MEDIAMTX_BIN: /);
      }
      expect(world.requests).to.deep.equal([]);
    });

    it('uses the pinned one on PATH', async () => {
      const file = world.program(path.join(world.folder, 'bin/mediamtx'), 'v1.20.1');
      expect(await world.install()).to.deep.include({ origin: 'PATH', path: file });
    });

    it('prefers the pinned release to another version on PATH, which still serves when offline', async () => {
      world.program(path.join(world.folder, 'bin/mediamtx'), 'v1.16.0');
      const offline = await world.install();
      expect(offline).to.deep.include({ origin: 'PATH', version: 'v1.16.0' });
      world.publish(world.archive());
      expect((await world.install()).origin).to.equal('release');
    });

    it('does not use a partial in the cache', async () => {
      world.program(world.cached, 'garbage');
      world.publish(world.archive());
      expect((await world.install()).origin).to.equal('release');
    });
  });
});
