/** The plugin in the running service: a camera is found, viewed and recorded, and its end and return are noticed. */
import { expect } from 'chai';
import { receiveStream, startService, until } from 'mediamtx-camera-service/testing';
import { KIND } from '../src/locator.js';
import { RtspStream, SIZE } from './camera-world.js';
import { LOGIN, OnvifCamera } from './onvif-camera.js';

const WITHIN_MS = 60_000;

interface Listed {
  readonly name: string;
  readonly status: string;
}

it('brings a camera of the network into the service', async function () {
  this.timeout(300_000);
  const stream = new RtspStream();
  await stream.plug();
  const camera = new OnvifCamera('S9', { streamUrl: () => stream.url });
  await camera.plug();
  const service = await startService({
    plugins: ['.'],
    set: {
      'adapters.device_event_source': KIND,
      'adapters.camera_probe': KIND,
      'adapters.frame_grabber': KIND,
      'adapters.capture': KIND,
      [`DeviceEventSource/${KIND}.username`]: LOGIN.username,
      [`DeviceEventSource/${KIND}.password`]: LOGIN.password,
      [`DeviceEventSource/${KIND}.interface`]: '127.0.0.1',
      [`DeviceEventSource/${KIND}.probe_ms`]: '500',
    },
  });
  const answers: unknown[] = [];
  const call = async <T>(method: string, params = {}): Promise<T> => {
    const answer = await service.call(method, params);
    answers.push(answer);
    return answer as T;
  };
  const isThere = async (): Promise<boolean> => {
    const { cameras } = await call<{ cameras: readonly Listed[] }>('get_camera_list');
    return cameras.some(({ name, status }) => name.startsWith('Acme') && status === 'CONNECTED');
  };
  try {
    await until('a camera', isThere, WITHIN_MS);
    expect(await call('take_snapshot', { device: 'camera0' })).to.include({ ...SIZE, status: 'SUCCESS' });
    const { codec, frames } = await receiveStream(await service.rtspUrl('camera0'), 2);
    expect(codec).to.equal('h264');
    expect(frames).to.have.length.above(5);
    await call('start_recording', { device: 'camera0' });
    expect(await call<{ file_size: number }>('stop_recording', { device: 'camera0' }))
      .to.have.property('file_size')
      .above(0);
    await camera.unplug();
    await until('no camera', async () => !(await isThere()), WITHIN_MS);
    await camera.plug();
    await until('the camera again', isThere, WITHIN_MS);
    for (const text of [JSON.stringify(answers), service.output()]) {
      expect(text).not.to.include(LOGIN.password);
      expect(text).not.to.include(encodeURIComponent(LOGIN.password));
    }
  } catch (error) {
    console.error(service.output());
    throw error;
  } finally {
    await service.stop();
    await camera.unplug();
    await stream.close();
  }
});
