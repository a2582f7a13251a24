import { expect } from 'chai';
import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import { Roster } from '../../../core/lifecycle/roster.js';
import type { AuditFacts } from '../../../core/audit/record.js';
import { AuthService } from '../../../core/auth/auth-service.js';
import { Tickets } from '../../../core/auth/tickets.js';
import { Files } from '../../../core/library/file-endpoint.js';
import type { FileLibrary, ListQuery } from '../../../core/library/file-library.js';
import type { FileRequest, Principal, RpcFailure } from '../../../ports/index.js';
import { PortError } from '../../../ports/index.js';
import { CoreWorld } from '../core-world.js';
import { libraryOf } from './library-of.js';

const START = Date.UTC(2026, 0, 1);
const admin: Principal = { id: 'a', role: 'admin', provider: 'memory' };
const scoped: Principal = { ...admin, cameras: ['camera1'] };

function nameAt(camera: string, seconds: number): string {
  return `${camera}_2026-01-01_00-00-${String(seconds).padStart(2, '0')}-000000.mp4`;
}

describe('FileLibrary', () => {
  let world: CoreWorld;
  let library: FileLibrary;
  let tickets: Tickets;

  beforeEach(async () => {
    world = new CoreWorld();
    const { clock, store } = world;
    tickets = new Tickets(clock, { secret: new Uint8Array(32), ttlSeconds: 900 });
    library = libraryOf(world, tickets);
    for (const [camera, seconds] of [
      ['camera0', 1],
      ['camera1', 2],
      ['camera0', 3],
      ['camera1', 4],
    ] as const)
      store.place('recordings', nameAt(camera, seconds), new Uint8Array(seconds));
    store.place('recordings', 'foreign.mp4', new Uint8Array(1));
    await world.start();
  });
  afterEach(() => world.stop());

  const listed = async (query: Partial<ListQuery> = {}, principal = admin): Promise<string[]> => {
    const whole: ListQuery = { limit: 50, offset: 0, order: 'oldest', ...query };
    const { files, total } = await library.list('recordings', whole, principal);
    return [String(total), ...files.map((file) => file.filename.replace(/_2026-01-01_00-00-0(\d).*/, '@$1'))];
  };
  const refusal = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (cause) {
      return (cause as { code: string }).code;
    }
    return 'none';
  };

  it('lists in order, by page, and counts all', async () => {
    const every = { since: START + 1 };
    expect(await listed(every)).to.deep.equal(['4', 'camera0@1', 'camera1@2', 'camera0@3', 'camera1@4']);
    expect(await listed({ ...every, order: 'newest', limit: 2 })).to.deep.equal([
      '4',
      'camera1@4',
      'camera0@3',
    ]);
    expect(await listed({ ...every, order: 'newest', limit: 2, offset: 3 })).to.deep.equal([
      '4',
      'camera0@1',
    ]);
    expect(await listed({ ...every, offset: 9 })).to.deep.equal(['4']);
  });

  it('lists what was asked for', async () => {
    expect(await listed({ camera: 'camera0' })).to.deep.equal(['2', 'camera0@1', 'camera0@3']);
    expect(await listed({ since: START + 2_000, until: START + 3_000 })).to.deep.equal([
      '2',
      'camera1@2',
      'camera0@3',
    ]);
    expect(await listed({ camera: 'camera7' })).to.deep.equal(['0']);
  });

  it('sorts by what was asked for', async () => {
    const camera = { camera: 'camera0' };
    expect(await listed({ ...camera, sort: 'size' })).to.deep.equal(['2', 'camera0@1', 'camera0@3']);
    expect(await listed({ ...camera, sort: 'size', order: 'newest' })).to.deep.equal([
      '2',
      'camera0@3',
      'camera0@1',
    ]);
    await world.index.note('measured', nameAt('camera0', 1), { durationSeconds: 9 });
    expect(await listed({ sort: 'duration', order: 'newest', limit: 1 })).to.deep.equal(['5', 'camera0@1']);
    expect((await listed({ sort: 'name' })).at(-1)).to.equal('foreign.mp4');
    expect((await listed({ sort: 'device' })).slice(1)).to.deep.equal([
      'foreign.mp4',
      'camera0@1',
      'camera0@3',
      'camera1@2',
      'camera1@4',
    ]);
  });

  it('understands a name without its extension, if only one file is meant', async () => {
    const name = nameAt('camera0', 1);
    const short = name.slice(0, -'.mp4'.length);
    expect((await library.get('recordings', short, admin)).filename).to.equal(name);
    expect(await refusal(library.get('recordings', short, scoped))).to.equal('FILE_NOT_FOUND');
    expect(await refusal(library.get('recordings', 'camera0', admin))).to.equal('FILE_NOT_FOUND');
    world.store.place('recordings', `${short}.ts`, new Uint8Array(1));
    expect(await refusal(library.get('recordings', short, admin))).to.equal('FILE_NOT_FOUND');
    expect(await library.remove('recordings', 'foreign', admin)).to.equal('foreign.mp4');
  });

  it('notes what it finds in a file, but not while it is written', async () => {
    const name = nameAt('camera0', 1);
    const look = async () => library.inspect(await library.get('recordings', name, admin), world.signal);
    await world.index.note('opened', name, { isOpen: true });
    await look();
    expect((await world.index.get('recordings', name)).note).to.not.have.property('codec');
    await world.index.note('closed', name, { isOpen: false });
    await look();
    await look();
    expect((await world.index.get('recordings', name)).note).to.include({ codec: 'h264', width: 64 });
    expect(world.segments.events().filter(({ type }) => type === 'measured')).to.have.length(1);
  });

  it('shows nobody what is not theirs to see, files of no camera included', async () => {
    expect(await listed({}, scoped)).to.deep.equal(['2', 'camera1@2', 'camera1@4']);
    expect(await refusal(library.get('recordings', nameAt('camera0', 1), scoped))).to.equal('FILE_NOT_FOUND');
    expect(await refusal(library.get('recordings', 'foreign.mp4', scoped))).to.equal('FILE_NOT_FOUND');
    expect(await refusal(library.remove('recordings', nameAt('camera0', 1), scoped))).to.equal(
      'FILE_NOT_FOUND',
    );
    expect((await library.get('recordings', 'foreign.mp4', admin)).camera).to.equal('');
  });

  it('refuses names that lead elsewhere', async () => {
    expect(await refusal(library.get('recordings', '../secret', admin))).to.equal('INVALID_PARAMS');
  });

  it('removes files, but none that is being written', async () => {
    await library.remove('recordings', 'foreign.mp4', admin);
    expect(await refusal(library.remove('recordings', 'foreign.mp4', admin))).to.equal('FILE_NOT_FOUND');
    const camera = await world.plug();
    const { files } = await world.during(world.recordings.begin({ camera }, world.signal));
    const filename = files[0]?.filename ?? '';
    expect(await refusal(library.remove('recordings', filename, admin))).to.equal('RECORDING_IN_PROGRESS');
    expect(await world.files()).to.include(filename);
    world.store.remove = () => Promise.reject(new PortError('STORAGE_FAILED'));
    expect(await refusal(library.remove('recordings', nameAt('camera0', 1), admin))).to.equal(
      'DEPENDENCY_FAILED',
    );
  });

  it('protects recordings, by their name without extension too, and removes none that is protected', async () => {
    const name = nameAt('camera0', 1);
    const short = name.slice(0, -'.mp4'.length);
    expect(await library.protect(short, true, admin)).to.equal(name);
    expect(library.isProtected(await library.get('recordings', name, admin))).to.equal(true);
    expect(await refusal(library.remove('recordings', short, admin))).to.equal('INVALID_STATE');
    expect(await world.files()).to.include(name);
    expect(await refusal(library.protect(name, false, scoped))).to.equal('FILE_NOT_FOUND');
    expect(await refusal(library.protect('missing.mp4', true, admin))).to.equal('FILE_NOT_FOUND');
    world.state.write = () => Promise.reject(new PortError('STORAGE_FULL'));
    expect(await refusal(library.protect(name, false, admin))).to.equal('STORAGE_FULL');
    expect(await refusal(library.remove('recordings', name, admin))).to.equal('INVALID_STATE');
  });

  it('removes a recording whose protection was removed', async () => {
    const name = nameAt('camera0', 1);
    await library.protect(name, true, admin);
    await library.protect(name, false, admin);
    expect(await library.remove('recordings', name, admin)).to.equal(name);
  });

  it('looks into files, and says why it cannot', async () => {
    const file = await library.get('recordings', 'foreign.mp4', admin);
    expect(await library.inspect(file, world.signal)).to.include({ codec: 'h264' });
    world.tool.inspect = () => Promise.reject(new PortError('TOOL_MISSING'));
    expect(await refusal(library.inspect(file, world.signal))).to.equal('DEPENDENCY_FAILED');
    world.tool.inspect = (_path, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    expect(await refusal(world.during(library.inspect(file, world.signal)))).to.equal('DEPENDENCY_FAILED');
    (world.store.supports as { paths: boolean }).paths = false;
    expect(await refusal(library.inspect(file, world.signal))).to.equal('DEPENDENCY_FAILED');
  });

  describe('for transports', () => {
    let endpoint: Files;
    let auth: AuthService;
    let audited: AuditFacts[] = [];

    beforeEach(() => {
      const { clock, log, store } = world;
      const fixed = new Map([
        ['viewer-key', { id: 'v', role: 'viewer' as const }],
        ['operator-key', { id: 'o', role: 'operator' as const }],
      ]);
      auth = new AuthService({
        providers: new Roster([createMemoryAuthProvider({ fixed }, { clock })]),
        clock,
        log,
      });
      audited = [];
      const audit = { record: (facts: AuditFacts) => void audited.push(facts) };
      endpoint = new Files({ library, files: store, auth, tickets, clock, log, audit });
    });

    const request = (changes: Partial<FileRequest> = {}): FileRequest => ({
      kind: 'recordings',
      filename: nameAt('camera0', 3),
      address: '127.0.0.1',
      ...changes,
    });
    const codeOf = (outcome: { ok: true } | { ok: false; error: RpcFailure }): unknown =>
      outcome.ok ? 'ok' : outcome.error.data['code'];

    it('gives a file to who may read it', async () => {
      const outcome = await endpoint.open(request({ credential: 'viewer-key' }));
      if (!outcome.ok) throw new Error('refused');
      const { filename, contentType, sizeBytes, etag, read } = outcome.file;
      expect({ filename, contentType, sizeBytes }).to.deep.equal({
        filename: nameAt('camera0', 3),
        contentType: 'video/mp4',
        sizeBytes: 3,
      });
      expect(etag).to.match(/^"3-[0-9a-f]+"$/);
      let length = 0;
      for await (const chunk of read({ first: 1, last: 2 })) length += chunk.length;
      expect(length).to.equal(2);
    });

    it('gives the one file of a ticket to whoever holds it, for a while', async () => {
      const holder = await auth.login('viewer-key', '127.0.0.1');
      const url = await library.downloadUrl({ kind: 'recordings', filename: nameAt('camera0', 3) }, holder);
      const ticket = new URL(url, 'http://x').searchParams.get('ticket') ?? '';
      expect(url).to.match(/^\/files\/recordings\/camera0_/);
      expect(codeOf(await endpoint.open(request({ ticket })))).to.equal('ok');
      expect(codeOf(await endpoint.open(request({ ticket, filename: 'foreign.mp4' })))).to.equal(
        'AUTH_FAILED',
      );
      expect(codeOf(await endpoint.remove(request({ ticket })))).to.equal('AUTH_REQUIRED');
      await world.clock.advance(901_000);
      expect(codeOf(await endpoint.open(request({ ticket })))).to.equal('AUTH_FAILED');
    });

    it('refuses without a credential, with a bad one, and what is not there', async () => {
      expect(codeOf(await endpoint.open(request()))).to.equal('AUTH_REQUIRED');
      expect(codeOf(await endpoint.open(request({ credential: 'rubbish' })))).to.equal('AUTH_FAILED');
      const missing = request({ credential: 'viewer-key', filename: 'none.mp4' });
      expect(codeOf(await endpoint.open(missing))).to.equal('FILE_NOT_FOUND');
    });

    it('removes for operators only', async () => {
      expect(codeOf(await endpoint.remove(request({ credential: 'viewer-key' })))).to.equal(
        'PERMISSION_DENIED',
      );
      const outcome = await endpoint.remove(request({ credential: 'operator-key' }));
      expect(outcome).to.deep.equal({ ok: true, result: { filename: nameAt('camera0', 3), deleted: true } });
      expect(
        audited.map(({ method, outcome, principal, accepted }) => [method, outcome, principal?.id, accepted]),
      ).to.deep.equal([
        ['delete_recording', 'PERMISSION_DENIED', 'v', undefined],
        ['delete_recording', 'ok', 'o', { filename: nameAt('camera0', 3) }],
      ]);
    });

    it('does not record a name that is none', async () => {
      await endpoint.remove(request({ credential: 'operator-key', filename: '?key'.repeat(1000) }));
      await endpoint.remove(request({ credential: 'rubbish', filename: 'a.mp4' }));
      expect(audited.map(({ outcome, accepted }) => [outcome, accepted])).to.deep.equal([
        ['INVALID_PARAMS', undefined],
        ['AUTH_FAILED', undefined],
      ]);
    });
  });
});
