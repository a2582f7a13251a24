/** What a credential allowed ends with it, on the real service with real MediaMTX, ffmpeg and Chromium. */
import { mkdtemp, readFile, rm, truncate, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openBrowser, type BrowserWorld } from '../worlds/browser.js';
import { until } from '../worlds/media.js';
import { startService, type RunningService } from '../worlds/service.js';
import { Guest } from './support/guests.js';

const REFRESH_MS = 1_000;
const PICTURE = { width: 320, height: 240, fps: 15 };
const FILE = 'camera0_2026-01-01_00-00-00-000000.jpg';
/** More than all buffers between the disk and a client that does not read. */
const FILE_BYTES = 256 * 1024 * 1024;
/** For what is to happen at once, on a machine that is busy. */
const SOON_MS = 10_000;

describe('a credential that ends', function () {
  this.timeout(180_000);
  let dir: string;
  let service: RunningService;
  let browser: BrowserWorld;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cs-'));
    await mkdir(join(dir, 'snapshots'));
    await writeFile(join(dir, 'snapshots', FILE), '');
    await truncate(join(dir, 'snapshots', FILE), FILE_BYTES);
    const cameras = ['First', 'Second'].map((name) => ({ name, ...PICTURE }));
    const set = {
      'synthetic.cameras': JSON.stringify(cameras),
      'adapters.device_event_source': 'synthetic',
      'api_key.refresh_ms': String(REFRESH_MS),
      'streams.prewarm': '["camera0"]',
    };
    service = await startService({ dir, set });
    browser = await openBrowser();
    const client = await service.client('viewer');
    const both = async (): Promise<boolean> =>
      (await client.call<{ cameras: unknown[] }>('get_camera_list')).cameras.length === 2;
    await until('both cameras', both);
    await client.close();
  });

  after(async () => {
    await browser?.close();
    await service?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function keyOf(name: string): Promise<{ readonly key: string; readonly id: string }> {
    const { stdout } = await service.cli(['key', 'add', '--role', 'viewer', '--name', name]);
    const key = /csk_[\w-]+/.exec(stdout)?.[0] ?? '';
    return { key, id: key.split('_')[1] ?? '' };
  }

  const arrive = (credential: string): Promise<Guest> =>
    Guest.arrive({ service, browser, credential, file: `/files/snapshots/${FILE}` });

  /** Everything has ended for the guest, and for nobody else. */
  async function expectEnded(guest: Guest, answer: string): Promise<void> {
    await until(`${answer} on the open socket`, async () => (await guest.call()) === answer, SOON_MS);
    await until('end of the RTSP viewer', () => !guest.rtsp.isAlive(), SOON_MS);
    await until('end of the HLS viewer', async () => !(await guest.hlsGoesOn()), SOON_MS);
    await until('end of the WebRTC viewer', async () => !(await guest.webrtcGoesOn()), SOON_MS);
    expect(await guest.downloadIsWhole(), 'download').to.equal(false);
    expect(await guest.hears(2), 'events').to.deep.equal([]);
  }

  async function expectGoesOn(guest: Guest): Promise<void> {
    expect(await guest.call()).to.equal('ok');
    expect(guest.rtsp.isAlive(), 'RTSP').to.equal(true);
    expect(await guest.hlsGoesOn(), 'HLS').to.equal(true);
    expect(await guest.webrtcGoesOn(), 'WebRTC').to.equal(true);
    expect(await guest.hears(2), 'events').to.include('camera1');
  }

  it('because it is revoked: calls, events, download and viewers, and nobody else', async () => {
    const [lost, kept] = [await keyOf('lost-tablet'), await keyOf('desk')];
    const [guest, other] = [await arrive(lost.key), await arrive(kept.key)];
    await expectGoesOn(guest);
    const { files } = await guest.socket.call<{ files: { download_url: string }[] }>('list_snapshots');
    const link = new URL(files[0]?.download_url ?? '', service.httpUrl);
    expect((await fetch(link, { method: 'HEAD' })).status, 'link before').to.equal(200);

    expect((await service.cli(['key', 'revoke', lost.id])).code).to.equal(0);
    await expectEnded(guest, 'AUTH_FAILED revoked');
    expect((await fetch(link, { method: 'HEAD' })).status, 'link').to.equal(401);
    await expectGoesOn(other);
    expect(await other.downloadIsWhole()).to.equal(true);

    await guest.socket.call('authenticate', { auth_token: kept.key });
    expect(await guest.call(), 'the socket is still there').to.equal('ok');
    await Promise.all([guest.leave(), other.leave()]);
  });

  it('because its time is over', async () => {
    const endsIn = 25;
    const issued = Date.now();
    const guest = await arrive(await service.token('viewer', { ttl: `${String(endsIn)}s` }));
    await expectGoesOn(guest);
    await until('end of the token', () => Date.now() - issued > endsIn * 1_000, endsIn * 1_000 + SOON_MS);
    await expectEnded(guest, 'TOKEN_EXPIRED token_expired');
    await guest.leave();
  });

  it('for a camera that is taken out of its scope, by whoever writes the keys', async () => {
    const { key, id } = await keyOf('lobby');
    const guest = await arrive(key);
    await expectGoesOn(guest);
    await limitTo(id, ['camera1']);
    await until('end of the RTSP viewer', () => !guest.rtsp.isAlive(), SOON_MS);
    await until('end of the HLS viewer', async () => !(await guest.hlsGoesOn()), SOON_MS);
    await until('end of the WebRTC viewer', async () => !(await guest.webrtcGoesOn()), SOON_MS);
    expect(await guest.downloadIsWhole(), 'download').to.equal(false);
    expect(await guest.hears(1), 'events of camera0').to.deep.equal([]);
    expect(await guest.hears(2), 'events of camera1').to.include('camera1');
    const { cameras } = await guest.socket.call<{ cameras: { device: string }[] }>('get_camera_list');
    expect(cameras.map(({ device }) => device)).to.deep.equal(['camera1']);
    await guest.leave();
  });

  /** As an administrator does who edits the stored keys. */
  async function limitTo(id: string, cameras: readonly string[]): Promise<void> {
    const file = service.path('state', 'auth.api-keys.json');
    const document = JSON.parse(await readFile(file, 'utf8')) as { keys: { id: string }[] };
    const keys = document.keys.map((key) => (key.id === id ? { ...key, cameras } : key));
    await writeFile(file, JSON.stringify({ ...document, keys }));
  }

  it('does not lock out those who share its address', async () => {
    const [stale, good] = [await keyOf('stale'), await keyOf('good')];
    await service.cli(['key', 'revoke', stale.id]);
    const url = `${service.httpUrl}/files/snapshots/${FILE}`;
    const status = async (key: string): Promise<number> =>
      (await fetch(url, { method: 'HEAD', headers: { 'x-api-key': key } })).status;
    const refused: number[] = [];
    let isOver = false;
    const displays = Array.from({ length: 4 }, async () => {
      while (!isOver) refused.push(await status(stale.key));
    });
    await until('a pause for the stale client', () => refused.includes(429), SOON_MS);
    const answers: number[] = [];
    for (let turn = 0; turn < 50; turn += 1) answers.push(await status(good.key));
    isOver = true;
    await Promise.all(displays);
    expect(new Set(answers)).to.deep.equal(new Set([200]));
    expect(refused.every((code) => code === 401 || code === 429)).to.equal(true);
  });
});
