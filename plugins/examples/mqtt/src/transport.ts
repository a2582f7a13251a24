/** Events and commands over MQTT. Its clients are those of the broker. */
import { clientTransport } from 'mediamtx-camera-service/kit';
import type { Transport } from 'mediamtx-camera-service/plugin-api';
import { Bridge, NAME, type MqttParts } from './bridge.js';
import type { MqttOptions } from './options.js';

export function createTransport(config: MqttOptions, parts: MqttParts): Transport {
  return clientTransport(NAME, () => new Bridge(config, parts));
}
