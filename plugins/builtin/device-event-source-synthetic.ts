/** Test-pattern cameras that behave like USB cameras. */
import { createSyntheticSource } from '../../adapters/device-event-source/synthetic/synthetic-source.js';
import { SYNTHETIC_OPTIONS, faultsOfSizes } from '../../adapters/device-event-source/synthetic/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'device-event-source-synthetic',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'synthetic', {
      kinds: ['synthetic'],
      options: SYNTHETIC_OPTIONS,
      section: 'synthetic',
      check: ({ cameras }) => faultsOfSizes(cameras),
      create: (adapter) =>
        createSyntheticSource({ ...camelCased(adapter.config), runDir: adapter.directories.run }, adapter),
    });
  },
});
