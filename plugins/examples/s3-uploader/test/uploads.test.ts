/** Uploads to a real S3 server, which fails in every way that it can, read back with the client of AWS. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { Transport } from 'mediamtx-camera-service/plugin-api';
import {
  testEndpoint,
  TestFailure,
  testParts,
  until,
  type TestEndpoint,
} from 'mediamtx-camera-service/testing';
import type { S3Options } from '../src/options.js';
import { createTransport } from '../src/transport.js';
import { configFor, PART } from './config.js';
import { fail, TestStorage } from './storage.js';

const WITHIN_MS = 20_000;
const never = (): AbortSignal => new AbortController().signal;
const CREATED = '2026-05-04T10:00:00.000Z';
const LARGE = randomBytes(2 * PART + 1000);

describe('the uploader', function () {
  this.timeout(300_000);
  let storage: TestStorage;
  let endpoint: TestEndpoint;
  let parts: ReturnType<typeof testParts>;
  let transport: Transport;
  let files: Map<string, Uint8Array>;
  let busy: readonly string[];
  let number = 0;

  const begin = async (more: Partial<S3Options> = {}): Promise<void> => {
    transport = createTransport(configFor(storage.url, more), parts);
    await transport.start(endpoint.service, never());
  };
  /** Names differ, because all cases share one storage. */
  const record = (bytes: Uint8Array, device = 'camera0'): string => {
    number += 1;
    const name = `${device}_${String(number)}.mp4`;
    files.set(name, bytes);
    return name;
  };
  const stopped = (...names: readonly string[]): void =>
    endpoint.emit('recording.stop', { device: 'camera0', files: names });
  const keyOf = (name: string): string => `camera0/2026/05/04/${name}`;
  const isUploaded = async (name: string): Promise<boolean> => (await storage.list()).includes(keyOf(name));
  const uploaded = (name: string): Promise<void> =>
    until(`${name} uploaded`, () => isUploaded(name), WITHIN_MS);
  const partsPut = (): string[] =>
    storage.asked.flatMap(({ target }) => /partNumber=(\d+)/.exec(target)?.[1] ?? []);
  const deleted = (): unknown[] =>
    endpoint.calls.filter(({ method }) => method === 'delete_recording').map(({ params }) => params);

  before(async () => {
    storage = await TestStorage.start();
  });
  after(() => storage.dispose());
  beforeEach(() => {
    files = new Map();
    busy = [];
    parts = testParts();
    storage.disturb = () => false;
    storage.asked.length = 0;
    const listed = (): object[] =>
      [...files.keys()].map((filename) => ({
        ...{ filename, device: filename.split('_')[0], created_time: CREATED },
      }));
    endpoint = testEndpoint({
      credential: 'key',
      files,
      answers: {
        get_camera_list: () => ({ cameras: busy.map((device) => ({ device, recording: true })) }),
        list_recordings: () => ({ files: listed(), total: files.size }),
        delete_recording: ({ filename }) => {
          if (!files.delete(String(filename))) throw new TestFailure('FILE_NOT_FOUND');
          return { deleted: true };
        },
      },
    });
  });
  afterEach(async () => {
    await transport.stop(never());
    parts.remove();
  });

  it('uploads a recording when it has stopped, at once or in parts, with signatures that hold', async () => {
    await begin();
    const [small, large, empty] = [record(randomBytes(1000)), record(LARGE), record(new Uint8Array())];
    stopped(small, large, empty);
    for (const name of [small, large, empty]) {
      await uploaded(name);
      expect((await storage.get(keyOf(name))).equals(files.get(name) ?? Buffer.of(1)), name).to.equal(true);
    }
    expect(partsPut()).to.deep.equal(['1', '2', '3']);
    expect(storage.refused).to.deep.equal([]);
    expect(deleted()).to.deep.equal([]);
  });

  it('leaves what was there before the first start, unless it is told to upload it', async () => {
    const old = record(randomBytes(10));
    await begin();
    const fresh = record(randomBytes(10));
    stopped(fresh);
    await uploaded(fresh);
    expect(await isUploaded(old)).to.equal(false);
    await transport.stop(never());
    parts = testParts();
    await begin({ upload_existing: true });
    await uploaded(old);
  });

  it('uploads what was recorded while it was away, but nothing of a camera that is recording', async () => {
    await begin();
    await transport.stop(never());
    const [missed, growing] = [record(randomBytes(10)), record(randomBytes(10), 'camera1')];
    busy = ['camera1'];
    await begin();
    await uploaded(missed);
    expect((await storage.list()).some((key) => key.endsWith(growing))).to.equal(false);
  });

  it('continues an upload after a restart with the part that is missing', async () => {
    storage.disturb = ({ target }, response) =>
      target.includes('partNumber=3') && response.destroy() instanceof Object;
    await begin();
    const name = record(LARGE);
    stopped(name);
    await until('the third part', () => partsPut().includes('3'), WITHIN_MS);
    await transport.stop(never());
    storage.disturb = () => false;
    storage.asked.length = 0;
    await begin();
    await uploaded(name);
    expect(partsPut()).to.deep.equal(['3']);
    expect((await storage.get(keyOf(name))).equals(LARGE)).to.equal(true);
  });

  it('begins anew when the storage has forgotten the upload', async () => {
    let isForgotten = false;
    storage.disturb = ({ target }, response) => {
      if (isForgotten || !target.includes('partNumber=2')) return false;
      isForgotten = true;
      return fail(response, 404, 'NoSuchUpload');
    };
    await begin();
    const name = record(LARGE);
    stopped(name);
    await uploaded(name);
    expect(partsPut()).to.deep.equal(['1', '2', '1', '2', '3']);
    expect((await storage.get(keyOf(name))).equals(LARGE)).to.equal(true);
  });

  it('tries again after errors, also one in an answer of status 200, and broken connections', async () => {
    let failures = 0;
    const ways = [
      (response: Parameters<typeof fail>[0]) => fail(response, 503, 'SlowDown'),
      (response: Parameters<typeof fail>[0]) => fail(response, 200, 'InternalError'),
      (response: Parameters<typeof fail>[0]) => response.destroy() instanceof Object,
    ];
    storage.disturb = ({ method, target }, response) => {
      if (method !== 'POST' || !target.includes('uploadId=')) return false;
      const way = ways[failures];
      failures += 1;
      return way?.(response) ?? false;
    };
    await begin();
    const name = record(LARGE);
    stopped(name);
    await uploaded(name);
    expect(failures).to.equal(4);
    expect(partsPut()).to.deep.equal(['1', '2', '3']);
  });

  it('deletes a recording by the method of the service when its upload has been verified, and not before', async () => {
    let isWrong = true;
    storage.disturb = ({ method }, response) => {
      if (method !== 'HEAD' || !isWrong) return false;
      isWrong = false;
      response.writeHead(200, { 'content-length': '3' }).end();
      return true;
    };
    await begin({ delete_after_upload: true });
    const name = record(randomBytes(10));
    stopped(name);
    await until('the recording deleted', () => !files.has(name), WITHIN_MS);
    expect(isWrong).to.equal(false);
    expect(storage.asked.map(({ method }) => method)).to.deep.equal(['PUT', 'HEAD', 'PUT', 'HEAD']);
    expect(deleted()).to.deep.equal([{ filename: name }]);
  });

  it('is refused with a wrong secret, and goes on to try', async () => {
    await begin({ secret_access_key: 'wrong' });
    stopped(record(randomBytes(10)));
    await until('two refusals', () => storage.refused.length >= 2, WITHIN_MS);
    expect(new Set(storage.refused)).to.deep.equal(new Set(['SignatureDoesNotMatch']));
    storage.refused.length = 0;
  });

  it('keeps to its bandwidth', async () => {
    await begin({ max_bytes_per_second: 2 * PART });
    const name = record(LARGE);
    const since = performance.now();
    stopped(name);
    await uploaded(name);
    // Two parts of half a second; the last one is complete before its own time has passed.
    expect(performance.now() - since).to.be.above(900);
  });
});
