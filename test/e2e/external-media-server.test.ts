import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { startBareMediaMtx, type BareMediaMtx } from '../worlds/bare-mediamtx.js';
import { startService, type RunningService } from '../worlds/service.js';
import {
  recordingPath,
  recordingsOnDisk,
  showOutputOfFailed,
  sizeOf,
  type StartedRecording,
  type StoppedRecording,
} from './support/world.js';

const SOON_MS = 20_000;

/** As a package of the distribution or a container of its own would run it, with a clock that shows another time. */
describe('a MediaMTX of somebody else in another time zone', function () {
  this.timeout(120_000);
  let server: BareMediaMtx | undefined;
  let service: RunningService | undefined;
  showOutputOfFailed(() => service);

  afterEach(async () => {
    await service?.stop();
    await server?.stop();
    service = undefined;
    server = undefined;
  });

  for (const TZ of ['Asia/Tokyo', 'America/Los_Angeles']) {
    it(`records in ${TZ}, ends in time, and its files are listed and deleted like any other`, async () => {
      server = await startBareMediaMtx({ TZ });
      const { rtsp, api } = server.ports;

      service = await startService({
        set: {
          'mediamtx.mode': 'external',
          'mediamtx.url': `http://127.0.0.1:${String(api)}`,
          'mediamtx.rtsp_port': String(rtsp),
        },
      });
      expect(service.children().mediamtx).to.equal(undefined);
      const client = await service.client('operator');
      await client.call('subscribe_events', { topics: ['recording.*'] });

      const begunAt = Date.now();
      const short = await client.call<StartedRecording>('start_recording', {
        device: 'camera1',
        duration: 4,
      });
      expect(Date.parse(short.start_time)).to.be.within(begunAt - 5_000, Date.now() + 1_000);
      const refused = await client.answer('delete_recording', { filename: short.filename });
      expect(refused.error?.data?.['code']).to.equal('RECORDING_IN_PROGRESS');
      const { params } = await client.nextNotification('recording.stop', SOON_MS);
      expect(params).to.include({ reason: 'duration reached' });
      expect(params['files']).to.deep.equal([short.filename]);
      expect(params['duration']).to.be.closeTo(4, 1.5);

      const long = await client.call<StartedRecording>('start_recording', { device: 'camera1' });
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      const stopped = await client.call<StoppedRecording>('stop_recording', { device: 'camera1' });
      expect(stopped.files).to.deep.equal([long.filename]);
      expect(stopped.gaps).to.deep.equal([]);
      expect(sizeOf(recordingPath(service, long.filename))).to.be.above(10_000);

      const { files } = await client.call<{ files: { filename: string; created_time: string }[] }>(
        'list_recordings',
      );
      expect(files.map(({ filename }) => filename).sort()).to.deep.equal(
        [...recordingsOnDisk(service)].sort(),
      );
      for (const { created_time } of files)
        expect(Date.parse(created_time)).to.be.within(begunAt - 5_000, Date.now() + 1_000);
      for (const { filename } of files) await client.call('delete_recording', { filename });
      expect(readdirSync(service.path('recordings')).filter((name) => !name.startsWith('.'))).to.deep.equal(
        [],
      );
    });
  }
});
