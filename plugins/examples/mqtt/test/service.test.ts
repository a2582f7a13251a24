/** The plugin in the running service: a client of the broker sees a camera, records it and gets its image. */
import { expect } from 'chai';
import { startService, until } from 'mediamtx-camera-service/testing';
import { Mosquitto, PASSWORD, USER } from './mosquitto.js';

const WITHIN_MS = 30_000;

it('lets a client of the broker see, record and photograph a camera', async () => {
  const broker = await Mosquitto.start();
  const ear = await broker.listen();
  const service = await startService({
    plugins: ['.'],
    credentials: { 'Transport/mqtt.api_key': 'operator' },
    set: {
      'adapters.transport': 'ws-jsonrpc,http-files,http-health,mqtt',
      'Transport/mqtt.url': broker.url,
      'Transport/mqtt.username': USER,
      'Transport/mqtt.password': PASSWORD,
      'Transport/mqtt.images': 'true',
    },
  });
  const arrives = (topic: string, part: string): Promise<void> =>
    until(
      `${part} on ${topic}`,
      () => ear.heard.some((one) => one.topic === topic && one.payload.includes(part)),
      WITHIN_MS,
    );
  const [state, recording] = [
    'camera-service/camera/camera0/state',
    'camera-service/camera/camera0/recording/set',
  ];
  try {
    await arrives('homeassistant/switch/camera-service_camera0/recording/config', recording);
    await arrives(state, '"status":"CONNECTED"');
    await broker.publish(recording, 'ON');
    await arrives('camera-service/event/recording/start', '"device":"camera0"');
    await arrives(state, '"recording":"ON"');
    await broker.publish('camera-service/camera/camera0/snapshot/set', 'PRESS');
    await arrives('camera-service/camera/camera0/image', 'JFIF');
    await broker.publish(recording, 'OFF');
    await arrives('camera-service/event/recording/stop', '"device":"camera0"');
    await until(
      'the end of the recording in the state',
      () =>
        ear.heard
          .filter(({ topic }) => topic === state)
          .at(-1)
          ?.payload.includes('"recording":"OFF"') === true,
      WITHIN_MS,
    );
    await service.stop();
    await arrives('camera-service/availability', 'offline');
    expect(service.output()).not.to.include(PASSWORD);
  } finally {
    await service.stop();
    ear.close();
    await broker.dispose();
  }
});
