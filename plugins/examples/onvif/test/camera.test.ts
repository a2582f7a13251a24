/** The contracts of probe, grabber and capture, with a real RTSP stream. */
import { after, before } from 'mocha';
import { cameraProbeContract } from 'mediamtx-camera-service/contract/camera-probe';
import { captureContract } from 'mediamtx-camera-service/contract/capture';
import { frameGrabberContract } from 'mediamtx-camera-service/contract/frame-grabber';
import { captureWorld, testParts } from 'mediamtx-camera-service/testing';
import { createCapture, createGrabber, createProbe } from '../src/camera.js';
import { KIND, locatorOf } from '../src/locator.js';
import { RtspStream, SIZE } from './camera-world.js';

const WITHIN_MS = 20_000;
const SETTINGS = { ffmpeg_path: process.env['FFMPEG_BIN'] ?? 'ffmpeg', max_bitrate_kbps: 2000 };

describe('the stream of a camera', () => {
  const parts = testParts();
  const stream = new RtspStream();
  const source = () => ({
    ...{ key: 'onvif:1', kind: KIND, name: 'test', hints: {} },
    locator: locatorOf({ streamUrl: new URL(stream.url), ...SIZE, fps: 10 }, undefined),
  });
  const hands = { source, unplug: () => stream.unplug(), reset: () => stream.plug() };
  before(function () {
    this.timeout(60_000);
    return stream.plug();
  });
  after(async () => {
    await stream.close();
    parts.remove();
  });

  cameraProbeContract(KIND, { create: () => createProbe(SETTINGS, parts), ...hands, withinMs: WITHIN_MS });

  frameGrabberContract(KIND, {
    create: () => createGrabber(SETTINGS, parts),
    request: () => ({ source: source(), format: { pixelFormat: 'H264', ...SIZE, fps: 10 }, warmUpFrames: 0 }),
    ...{ unplug: hands.unplug, reset: hands.reset },
    isLeft: () => false,
    withinMs: WITHIN_MS,
  });

  const world = captureWorld({
    create: (given) => createCapture(SETTINGS, given),
    ...hands,
    format: { pixelFormat: 'H264', ...SIZE, fps: 10 },
    withinMs: WITHIN_MS,
  });
  captureContract(KIND, world);
  after(() => world.close());
});
