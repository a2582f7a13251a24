import { expect } from 'chai';
import { ClipService, type Clip, type ClipRequest } from '../../../core/library/clip-service.js';
import type { FileNote } from '../../../core/files/file-note.js';
import { PortError } from '../../../ports/index.js';
import { CoreWorld } from '../core-world.js';

const START = Date.UTC(2026, 0, 1);

describe('ClipService', () => {
  let world: CoreWorld;
  let clips: ClipService;

  /** A recording of camera0 from one second to another. */
  const place = async (name: string, [from, to]: readonly [number, number], note: FileNote = {}) => {
    world.store.place('recordings', name, new Uint8Array(100));
    const facts = { camera: 'camera0', startedAt: START + from * 1_000, isOpen: false };
    await world.index.note('closed', name, { ...facts, durationSeconds: to - from, ...note });
    await world.index.refresh('recordings');
  };

  beforeEach(async () => {
    world = await new CoreWorld({ capacityBytes: 10_000 }).start();
    const { store: files, index, tool, jobs, clock } = world;
    let ids = 0;
    const newId = (): string => `clip-0000000${String((ids += 1))}`;
    const options = { maxSeconds: 3_600, reserveBytes: 1_000 };
    clips = new ClipService(options, { files, index, tool, jobs, clock, newId });
    await place('one.mp4', [0, 10]);
    await place('two.mp4', [20, 30]);
  });
  afterEach(async () => {
    await world.stop();
    expect(world.clock.pending, 'timers left').to.equal(0);
  });

  const request = (from: number, to: number, more: Partial<ClipRequest> = {}): ClipRequest => {
    const span = { from: START + from * 1_000, to: START + to * 1_000 };
    return { camera: 'camera0', format: 'mp4', exact: false, ...span, ...more };
  };
  const exported = (from: number, to: number, more: Partial<ClipRequest> = {}): Promise<Clip> =>
    world.during(clips.export(request(from, to, more), world.signal));
  const refused = (from: number, to: number, more: Partial<ClipRequest> = {}) =>
    world.failure(clips.export(request(from, to, more), world.signal));
  const taken = (): unknown => world.tool.cuts.at(-1)?.parts;
  const held = (): (() => void) => {
    let release = (): void => undefined;
    world.tool.remuxing = (signal) =>
      new Promise((resolve, reject) => {
        release = resolve;
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    return () => release();
  };

  it('makes one file of what covers the period, and says what is missing', async () => {
    const clip = await exported(5, 25);
    expect(taken()).to.deep.equal([
      { path: '/store/recordings/one.mp4', from: 5, to: 10 },
      { path: '/store/recordings/two.mp4', from: 0, to: 5 },
    ]);
    expect(clip).to.deep.include({
      ...{ state: 'DONE', from: START + 5_000, to: START + 25_000, durationSeconds: 10, sizeBytes: 50 },
      gaps: [{ from: START + 10_000, to: START + 20_000, cause: 'not_recorded' }],
    });
    expect(clip.filename).to.match(/^camera0_2026-01-01_00-00-05-000_clip[0-9]{8}\.mp4$/);
  });

  it('lists it as a recording of the camera, of which no clip is made', async () => {
    const { filename } = await exported(5, 25, { format: 'mpegts' });
    const file = await world.index.get('recordings', filename);
    expect(file).to.include({ camera: 'camera0', format: 'mpegts', startedAt: START + 5_000 });
    expect(file.filename).to.match(/\.ts$/);
    expect(file.note).to.deep.include({
      origin: 'export',
      source: { from: START + 5_000, to: START + 25_000, until: START + 25_000 },
    });
    await exported(0, 30);
    expect(taken()).to.have.length(2);
  });

  it('takes of a recording that is being written what is complete', async () => {
    await place('open.mp4', [40, 50], { isOpen: true });
    const path = '/store/recordings/open.mp4';
    const facts = { format: 'fmp4', codec: 'h264', width: 64, height: 48, durationSeconds: 7 } as const;
    world.tool.control.set(path, facts);
    expect((await exported(42, 60)).durationSeconds).to.equal(5);
    expect(taken()).to.deep.equal([{ path, from: 2, to: 7 }]);
  });

  it('refuses periods that make no sense, naming the field', async () => {
    for (const [from, to, rule] of [
      [5, 5, 'order'],
      [6, 5, 'order'],
      [0, 3_601, 'max_span'],
    ] as const)
      expect((await refused(from, to)).data).to.include({ param: 'to', rule });
  });

  it('says what there is when there is nothing in the period', async () => {
    const { code, data } = await refused(12, 15);
    expect(code).to.equal('FILE_NOT_FOUND');
    const [available_from, available_to] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:30.000Z'];
    expect(data).to.include({ available_from, available_to });
    expect((await refused(0, 5, { camera: 'camera9' })).data).to.deep.equal({ filename: '' });
  });

  it('says why it cannot be made, and leaves nothing behind', async () => {
    const before = await world.files();
    for (const [port, code] of [
      ['UNSUPPORTED', 'UNSUPPORTED'],
      ['STORAGE_FULL', 'STORAGE_FULL'],
      ['TOOL_FAILED', 'DEPENDENCY_FAILED'],
    ] as const) {
      world.tool.remuxError = new PortError(port);
      expect((await refused(5, 25)).code).to.equal(code);
      expect(await world.files()).to.deep.equal(before);
    }
  });

  it('is not begun when there is no room for it', async () => {
    world.store.place('snapshots', 'large.bin', new Uint8Array(8_750));
    expect((await refused(0, 30)).data).to.deep.equal({ available_bytes: 1_050, required_bytes: 1_400 });
    expect(world.tool.cuts).to.deep.equal([]);
  });

  it('is given up when its caller goes or it is cancelled', async () => {
    const gone = new AbortController();
    held();
    const work = clips.export(request(5, 25), gone.signal);
    await world.clock.advance(0);
    gone.abort(new Error('gone'));
    const error = await work.catch((cause: unknown) => cause);
    expect(error).to.have.property('message', 'gone');
    expect(world.jobChanges.at(-1)?.state).to.equal('CANCELLED');
    const other = clips.export(request(5, 25), world.signal);
    await world.clock.advance(0);
    world.jobs.cancel(world.jobs.all()[0]?.jobId ?? '', { id: 'o', role: 'operator', provider: 'memory' });
    expect((await world.failure(other)).data).to.include({ state: 'CANCELLED' });
    expect(await world.files()).to.deep.equal(['one.mp4', 'two.mp4']);
  });

  it('answers before it is made when that takes long, and goes on', async () => {
    const release = held();
    const clip = await world.during(clips.export(request(5, 25), world.signal), 200_000);
    expect(clip).to.include({ state: 'RUNNING', sizeBytes: 0, from: START + 5_000, durationSeconds: 10 });
    release();
    await world.clock.advance(0);
    expect(world.jobChanges.at(-1)).to.include({ state: 'DONE', filename: clip.filename, kind: 'export' });
    expect(await world.files()).to.include(clip.filename);
  });

  it('measures what has not been measured, and passes over what cannot be read', async () => {
    const facts = { camera: 'camera0', startedAt: START + 40_000, isOpen: false };
    world.store.place('recordings', 'raw.mp4', new Uint8Array(100));
    await world.index.note('closed', 'raw.mp4', facts);
    await world.index.refresh('recordings');
    expect((await exported(41, 60)).durationSeconds).to.equal(4);
    for (const port of ['FILE_NOT_FOUND', 'TOOL_FAILED'] as const) {
      world.tool.inspect = () => Promise.reject(new PortError(port));
      expect((await refused(41, 60)).code).to.equal('FILE_NOT_FOUND');
    }
    world.tool.inspect = () => Promise.reject(new PortError('TOOL_MISSING'));
    expect((await refused(41, 60)).code).to.equal('DEPENDENCY_FAILED');
    const odd = new TypeError('odd');
    world.tool.inspect = () => Promise.reject(odd);
    expect(await clips.export(request(41, 60), world.signal).catch((cause: unknown) => cause)).to.equal(odd);
  });

  it('is not made of files without a path', async () => {
    Object.defineProperty(world.store, 'supports', { value: { ...world.store.supports, paths: false } });
    expect((await refused(5, 25)).code).to.equal('DEPENDENCY_FAILED');
  });
});
