import { defaultsOf } from 'mediamtx-camera-service/plugin-api';
import { MQTT_OPTIONS, type MqttOptions } from '../src/options.js';
import { PASSWORD, USER, type Mosquitto } from './mosquitto.js';

export function configFor(broker: Mosquitto, more: Partial<MqttOptions> = {}): MqttOptions {
  const given = { api_key: 'key', url: broker.url, username: USER, password: PASSWORD };
  return { ...defaultsOf(MQTT_OPTIONS), ...given, ...more };
}
