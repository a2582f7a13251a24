/** The contracts of all four ports, with a camera that streams, and with one that serves single images. */
import { after, before } from 'mocha';
import { cameraProbeContract } from 'mediamtx-camera-service/contract/camera-probe';
import { captureContract } from 'mediamtx-camera-service/contract/capture';
import { deviceEventSourceContract } from 'mediamtx-camera-service/contract/device-event-source';
import { frameGrabberContract } from 'mediamtx-camera-service/contract/frame-grabber';
import { captureWorld, testParts } from 'mediamtx-camera-service/testing';
import { createCapture, createGrabber, createProbe } from '../src/camera.js';
import { createSource } from '../src/source.js';
import { KIND } from '../src/target.js';
import { CameraServer, SIZE, snapshot, stream } from './camera-server.js';

const WITHIN_MS = 10_000;
const { clock } = testParts();
const SETTINGS = { snapshot_fps: 10, stall_ms: 2000, ffmpeg_path: 'ffmpeg', max_bitrate_kbps: 2000 };

for (const [way, answer] of [
  ['stream', stream],
  ['single images', snapshot],
] as const) {
  describe(`a camera that serves a ${way}`, () => {
    const server = new CameraServer(answer);
    const hands = {
      source: () => server.source(),
      unplug: () => server.unplug(),
      reset: async () => {
        server.answer = answer;
        await server.plug();
      },
    };
    before(() => server.plug());
    after(() => server.unplug());

    cameraProbeContract(KIND, { create: () => createProbe(clock), ...hands, withinMs: WITHIN_MS });

    frameGrabberContract(KIND, {
      create: () => createGrabber(clock),
      request: () => ({
        source: server.source(),
        format: { pixelFormat: 'MJPG', ...SIZE, fps: 10 },
        warmUpFrames: 0,
      }),
      ...{ unplug: hands.unplug, reset: hands.reset },
      freeze: async () => {
        server.answer = () => undefined;
      },
      isLeft: () => false,
      withinMs: WITHIN_MS,
    });

    const world = captureWorld({
      create: (parts) => createCapture(SETTINGS, parts),
      ...hands,
      format: { pixelFormat: 'MJPG', ...SIZE, fps: 10 },
      withinMs: WITHIN_MS,
    });
    captureContract(KIND, world);
    after(() => world.close());
  });
}

describe('cameras in a network', () => {
  const servers = [new CameraServer(stream), new CameraServer(stream)] as const;
  const server = (device: number): CameraServer => servers[device === 1 ? 0 : 1];
  before(async () => {
    // Each gets its port, which it keeps.
    for (const each of servers) {
      await each.plug();
      await each.unplug();
    }
  });

  deviceEventSourceContract(KIND, {
    create: () => {
      const cameras = servers.map((each, index) => ({ name: `camera ${String(index)}`, url: each.url() }));
      return createSource({ cameras, check_ms: 50 }, clock);
    },
    plug: (device) => server(device).plug(),
    unplug: (device) => server(device).unplug(),
    reset: async () => {
      for (const each of servers) await each.unplug();
    },
    withinMs: WITHIN_MS,
  });
});
