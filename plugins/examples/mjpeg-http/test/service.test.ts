/** The plugin in the running service: a camera in the network is viewed and recorded, and its end and return are noticed. */
import { expect } from 'chai';
import { receiveStream, startService, until } from 'mediamtx-camera-service/testing';
import { KIND } from '../src/target.js';
import { CameraServer, SIZE, stream } from './camera-server.js';

const WITHIN_MS = 30_000;
const PASSWORD = 'topsecret';
const BASIC = `Basic ${Buffer.from(`viewer:${PASSWORD}`).toString('base64')}`;

interface Listed {
  readonly device: string;
  readonly name: string;
  readonly status: string;
}

it('brings a camera of the network into the service', async () => {
  const camera = new CameraServer((request, response) => {
    if (request.headers.authorization === BASIC) return stream(request, response);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="camera"' }).end();
  });
  await camera.plug();
  const cameras = [{ name: 'porch', url: camera.url(), username: 'viewer', password: PASSWORD }];
  const service = await startService({
    plugins: ['.'],
    set: {
      'adapters.device_event_source': KIND,
      'adapters.camera_probe': KIND,
      'adapters.frame_grabber': KIND,
      'adapters.capture': KIND,
      [`DeviceEventSource/${KIND}.cameras`]: JSON.stringify(cameras),
      [`DeviceEventSource/${KIND}.check_ms`]: '100',
    },
  });
  const answers: unknown[] = [];
  const call = async <T>(method: string, params = {}): Promise<T> => {
    const answer = await service.call(method, params);
    answers.push(answer);
    return answer as T;
  };
  const isThere = async (): Promise<boolean> => {
    const { cameras: listed } = await call<{ cameras: readonly Listed[] }>('get_camera_list');
    return listed.some(({ name, status }) => name === 'porch' && status === 'CONNECTED');
  };
  try {
    await until('a camera', isThere, WITHIN_MS);
    expect(await call('take_snapshot', { device: 'camera0' })).to.include({
      ...SIZE,
      status: 'SUCCESS',
      tier_used: 0,
    });
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
    await call('get_camera_status', { device: 'camera0' });
    expect(JSON.stringify(answers)).not.to.include(PASSWORD);
    expect(service.output()).not.to.include(PASSWORD);
  } catch (error) {
    console.error(service.output());
    throw error;
  } finally {
    await service.stop();
    await camera.unplug();
  }
});
