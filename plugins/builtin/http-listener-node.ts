/** HTTP listeners on TCP: one for the API, one for health and metrics. */
import { createNodeHttpListener } from '../../adapters/http-listener/node/node-http-listener.js';
import { HEALTH_OPTIONS, SERVER_OPTIONS } from '../../adapters/http-listener/node/options.js';
import { camelCased, definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'http-listener-node',
  apiVersion: 1,
  setup(context) {
    context.provide('HttpListener', 'node', {
      sections: { server: SERVER_OPTIONS, health: HEALTH_OPTIONS },
      create: ({ config, keyOf, log }) =>
        createNodeHttpListener({ ...camelCased(config), key: keyOf('port') }, { log }),
    });
  },
});
