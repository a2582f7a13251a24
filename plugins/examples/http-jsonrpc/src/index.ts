import { definePlugin, option, options } from 'mediamtx-camera-service/plugin-api';
import { createTransport, NAME } from './transport.js';

const OPTIONS = options({
  path: option.text({
    doc: 'Path of the calls on the address of the API; events are below it, at `/events`.',
    default: '/rpc',
    maxLength: 100,
    pattern: '^(/[A-Za-z0-9._~-]+)+$',
    rule: 'a path that starts with "/" and does not end with one',
  }),
  heartbeat_ms: option.ms({
    doc: 'Interval of the comments that keep a quiet event stream open.',
    default: 15_000,
    minimum: 100,
  }),
  login_timeout_ms: option.ms({
    doc: 'Time after which an event stream is ended on which nobody has logged in.',
    default: 10_000,
    minimum: 100,
  }),
});

export default definePlugin({
  name: NAME,
  apiVersion: 1,
  setup(context) {
    context.provide('Transport', NAME, {
      options: OPTIONS,
      create: ({ config, clock, log, listeners }) =>
        createTransport(config, { clock, log, listener: listeners.api }),
    });
  },
});
