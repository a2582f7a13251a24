import { expect } from 'chai';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { readBarcode } from '../worlds/barcode.js';
import { probeFile, until } from '../worlds/media.js';
import { startService, type RunningService } from '../worlds/service.js';
import type { WsClient } from '../worlds/ws-client.js';
import { recordedTimes } from './support/recorded.js';
import {
  recordingPath,
  recordingsOnDisk,
  seconds,
  showOutputOfFailed,
  sizeOf,
  tell,
  type StartedRecording,
  type StoppedRecording,
} from './support/world.js';

interface ExportedClip {
  readonly filename: string;
  readonly state: string;
  readonly from: string;
  readonly to: string;
  readonly duration: number;
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly cause: string }[];
}

/** `fetch` asks for a new answer whenever a tag is given. */
function statusOf(url: string, etag: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { headers: { 'if-none-match': etag } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject);
  });
}

/** By how much the service knows when the first frame of a recording was taken, with a busy machine between both. */
const CLOCK_MS = 2_000;

describe('export_clip cuts what was recorded', () => {
  let service: RunningService;
  showOutputOfFailed(() => service);
  let client: WsClient;
  let first: StoppedRecording;
  let second: StartedRecording;
  const whole = { device: 'camera0', from: '', to: '' };

  before(async () => {
    service = await startService();
    client = await service.client('operator');
    await client.call('start_recording', { device: 'camera0' });
    await delay(5_000);
    first = await client.call<StoppedRecording>('stop_recording', { device: 'camera0' });
    await delay(3_000);
    second = await client.call<StartedRecording>('start_recording', { device: 'camera0' });
    const begun = sizeOf(recordingPath(service, second.filename));
    await delay(4_000);
    await until('a longer recording', () => sizeOf(recordingPath(service, second.filename)) > begun, 20_000);
    const info = { filename: first.filename };
    const { start_time: begin } = await client.call<{ start_time: string }>('get_recording_info', info);
    const from = new Date(Date.parse(begin) + 1_500).toISOString();
    Object.assign(whole, { from, to: new Date(Date.now() - 1_500).toISOString() });
  });
  after(() => service.stop());

  const exported = (more: object): Promise<ExportedClip> =>
    client.call<ExportedClip>('export_clip', { ...whole, ...more });

  for (const exact of [false, true])
    it(`out of two recordings, of which one goes on, ${exact ? 'exactly' : 'from keyframe to frame'}`, async () => {
      const clip = await exported({ exact });
      expect(clip.state).to.equal('DONE');
      const path = recordingPath(service, clip.filename);
      const { errors, frames, durationSeconds } = await probeFile(path);
      expect(errors).to.deep.equal([]);
      expect(durationSeconds).to.be.closeTo(clip.duration, 0.3);
      const [hole] = clip.gaps.filter(({ cause }) => cause === 'not_recorded');
      expect(clip.gaps).to.have.length(1);
      const times = await recordedTimes(path);
      expect(times).to.have.length(frames);
      const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      tell(
        `${String(frames)} frames, ${seconds(durationSeconds * 1_000)}, longest step ${seconds(Math.max(...steps))}`,
      );
      expect(Math.min(...steps), 'in order, none twice').to.be.above(0);
      const joint = steps.indexOf(Math.max(...steps));
      expect(times[joint], 'the last frame before the hole').to.be.closeTo(
        Date.parse(hole?.from ?? ''),
        CLOCK_MS,
      );
      expect(times[joint + 1], 'the first one behind it').to.be.closeTo(Date.parse(hole?.to ?? ''), CLOCK_MS);
      expect(times[0]).to.be.closeTo(Date.parse(clip.from), CLOCK_MS);
      expect(times.at(-1)).to.be.closeTo(Date.parse(clip.to), CLOCK_MS);
      if (exact)
        expect(Date.parse(clip.from)).to.be.within(Date.parse(whole.from) - 1, Date.parse(whole.from) + 500);
      else expect(Date.parse(clip.from)).to.be.at.most(Date.parse(whole.from) + 1);
    });

  it('shows what it recorded, to whom may see it', async () => {
    const { files } = await client.call<{ files: { filename: string; thumbnail_url: string }[] }>(
      'list_recordings',
      { device: 'camera0' },
    );
    const listed = files.find(({ filename }) => filename === first.filename);
    const times: number[] = [];
    for (const second of [0, 2]) {
      const answer = await fetch(`${listed?.thumbnail_url ?? ''}&t=${String(second)}&width=1280`);
      expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'image/jpeg']);
      times.push(readBarcode(new Uint8Array(await answer.arrayBuffer())).generatedAtMs);
      const etag = answer.headers.get('etag') ?? '';
      expect(await statusOf(answer.url, etag), 'a browser need not have it again').to.equal(304);
    }
    expect((times[1] ?? 0) - (times[0] ?? 0)).to.be.closeTo(2_000, 400);
    const url = new URL(listed?.thumbnail_url ?? '');
    url.searchParams.set('width', '1');
    expect((await fetch(url)).status).to.equal(400);
    url.search = '';
    expect((await fetch(url)).status).to.equal(401);
  });

  it('into a file that is listed, and leaves nothing of an export that is cancelled', async () => {
    const { files } = await client.call<{ files: { filename: string; origin?: string }[] }>(
      'list_recordings',
    );
    expect(files.filter(({ origin }) => origin === 'export')).to.have.length(2);
    await client.call('subscribe_events', { topics: ['export.progress'] });
    const before = recordingsOnDisk(service);
    const answer = client.answer('export_clip', { ...whole, exact: true });
    const { params } = await client.nextNotification('export.progress', 10_000);
    await client.call('cancel_job', { job_id: params['job_id'] });
    expect((await answer).error?.code).to.equal(-32020);
    expect(recordingsOnDisk(service)).to.have.members(before);
  });
});
