/** The plugin in the running service: a recording arrives at the storage and is deleted here. */
import { expect } from 'chai';
import { startService, until } from 'mediamtx-camera-service/testing';
import { BUCKET, KEY, SECRET, TestStorage } from './storage.js';

const WITHIN_MS = 30_000;

it('uploads a recording of a camera and deletes it', async function () {
  this.timeout(300_000);
  const storage = await TestStorage.start();
  const service = await startService({
    plugins: ['.'],
    credentials: { 'Transport/s3-uploader.api_key': 'operator' },
    set: {
      'adapters.transport': 'ws-jsonrpc,http-files,http-health,s3-uploader',
      'Transport/s3-uploader.endpoint': storage.url,
      'Transport/s3-uploader.bucket': BUCKET,
      'Transport/s3-uploader.access_key_id': KEY,
      'Transport/s3-uploader.secret_access_key': SECRET,
      'Transport/s3-uploader.key_pattern': '{device}/{filename}',
      'Transport/s3-uploader.delete_after_upload': 'true',
    },
  });
  const listed = async (): Promise<number> =>
    ((await service.call('list_recordings')) as { readonly total: number }).total;
  try {
    await service.call('start_recording', { device: 'camera0' });
    const stopped = (await service.call('stop_recording', { device: 'camera0' })) as {
      readonly filename: string;
      readonly file_size: number;
    };
    await until('the recording deleted', async () => (await listed()) === 0, WITHIN_MS);
    const object = await storage.get(`camera0/${stopped.filename}`);
    expect(object.length).to.equal(stopped.file_size);
    expect(service.output()).not.to.include(SECRET);
  } finally {
    await service.stop();
    await storage.dispose();
  }
});
