/** Events and commands over MQTT. Its clients are those of the broker: no client connects to it, so it declares no calls. */
import type { Transport } from 'mediamtx-camera-service/plugin-api';
import { Bridge, NAME, type MqttParts } from './bridge.js';
import type { MqttOptions } from './options.js';

export function createTransport(config: MqttOptions, parts: MqttParts): Transport {
  let bridge: Bridge | undefined;
  return {
    name: NAME,
    supports: { calls: false, events: false, files: false, health: false, jsonRpc: false, batches: false },
    start: async (service, signal) => {
      signal.throwIfAborted();
      if (bridge !== undefined) return;
      const starting = new Bridge(config, parts);
      bridge = starting;
      try {
        await starting.start(service, signal);
      } catch (cause) {
        if (bridge === starting) bridge = undefined;
        await starting.stop();
        throw cause;
      }
    },
    stop: async () => {
      const stopping = bridge;
      bridge = undefined;
      await stopping?.stop();
    },
    addresses: () => (bridge?.isUp === true ? [`${config.url} (${config.prefix}/#)`] : []),
  };
}
