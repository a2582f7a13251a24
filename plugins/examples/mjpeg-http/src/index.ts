import { definePlugin, option, options } from 'mediamtx-camera-service/plugin-api';
import { createCapture, createGrabber, createProbe } from './camera.js';
import { createSource } from './source.js';
import { KIND } from './target.js';

const CAMERA = option.object(
  {
    name: option.text({ doc: 'Name of the camera, which also identifies it.', minLength: 1, maxLength: 64 }),
    url: option.text({
      doc: 'Address of its Motion-JPEG stream or of its newest JPEG image.',
      pattern: '^https?://[^\\s/?#@]+([/?][^\\s#]*)?$',
      rule: 'an http or https URL without credentials; they belong into username and password',
    }),
  },
  {
    optional: {
      username: option.text({ doc: 'User name for Digest or Basic authentication.', minLength: 1 }),
      password: option.secret({ doc: 'Password for the user name.' }),
      allow_self_signed: option.flag({
        doc: 'Accept any TLS certificate, such as one that the camera signed itself.',
      }),
    },
  },
);

const SOURCE_OPTIONS = options({
  cameras: option.list(CAMERA, { doc: 'The cameras.', unique: 'name', maxItems: 64 }),
  check_ms: option.ms({
    doc: 'Interval between checks whether the cameras can be reached. A camera that misses two of them is disconnected.',
    default: 5000,
    minimum: 100,
  }),
});

const CAPTURE_OPTIONS = options({
  snapshot_fps: option.integer({
    doc: 'How many times per second a URL of single images is read.',
    default: 5,
    minimum: 1,
    maximum: 30,
  }),
  stall_ms: option.ms({
    doc: 'Time without an image after which the connection is given up. Until then, the last image is repeated.',
    default: 10_000,
    minimum: 1000,
  }),
  ffmpeg_path: option.path({
    doc: 'The ffmpeg program that encodes.',
    default: 'ffmpeg',
    minLength: 1,
    env: 'FFMPEG_BIN',
  }),
  max_bitrate_kbps: option.integer({
    doc: 'Maximum bit rate of the encoded stream in kbit/s.',
    default: 8000,
    minimum: 100,
  }),
});

export default definePlugin({
  name: KIND,
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', KIND, {
      options: SOURCE_OPTIONS,
      kinds: [KIND],
      check: ({ cameras }) =>
        cameras.flatMap(({ username, password }, index) =>
          (username === undefined) === (password === undefined)
            ? []
            : [
                {
                  option: `cameras[${String(index)}]`,
                  rule: 'must have both username and password, or neither',
                },
              ],
        ),
      create: ({ config, clock }) => createSource(config, clock),
    });
    context.provide('CameraProbe', KIND, { kinds: [KIND], create: ({ clock }) => createProbe(clock) });
    context.provide('FrameGrabber', KIND, { kinds: [KIND], create: ({ clock }) => createGrabber(clock) });
    context.provide('Capture', KIND, {
      options: CAPTURE_OPTIONS,
      kinds: [KIND],
      create: ({ config, ...parts }) => createCapture(config, parts),
    });
  },
});
