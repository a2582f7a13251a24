import { definePlugin, option, options } from 'mediamtx-camera-service/plugin-api';
import { createCapture, createGrabber, createProbe } from './camera.js';
import { KIND } from './locator.js';
import { createSource } from './source.js';

const SOURCE_OPTIONS = options({
  username: option.text({ doc: 'User name of the cameras; empty for cameras without one.', default: '' }),
  password: option.secret({ doc: 'Password for the user name.', default: '' }),
  interface: option.text({
    doc: 'IPv4 address of the network interface on which cameras are searched for; empty: the one that the system chooses.',
    default: '',
    pattern: '^(\\d{1,3}(\\.\\d{1,3}){3})?$',
    rule: 'an IPv4 address, or empty',
  }),
  probe_ms: option.ms({
    doc: 'Interval between searches. A camera that does not answer three of them is disconnected.',
    default: 10_000,
    minimum: 100,
  }),
});

const FFMPEG_PATH = option.path({
  doc: 'The ffmpeg program that reads the stream.',
  default: 'ffmpeg',
  minLength: 1,
  env: 'FFMPEG_BIN',
});
const READ_OPTIONS = options({ ffmpeg_path: FFMPEG_PATH });
const CAPTURE_OPTIONS = options({
  ffmpeg_path: FFMPEG_PATH,
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
    const kinds = [KIND];
    context.provide('DeviceEventSource', KIND, {
      options: SOURCE_OPTIONS,
      kinds,
      check: ({ username, password }) =>
        username === '' && password !== '' ? [{ option: 'password', rule: 'needs a username' }] : [],
      create: ({ config, clock, log }) => createSource(config, { clock, log }),
    });
    context.provide('CameraProbe', KIND, {
      options: READ_OPTIONS,
      kinds,
      create: ({ config, ...parts }) => createProbe(config, parts),
    });
    context.provide('FrameGrabber', KIND, {
      options: READ_OPTIONS,
      kinds,
      create: ({ config, ...parts }) => createGrabber(config, parts),
    });
    context.provide('Capture', KIND, {
      options: CAPTURE_OPTIONS,
      kinds,
      create: ({ config, ...parts }) => createCapture(config, parts),
    });
  },
});
