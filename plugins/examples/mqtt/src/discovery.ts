/** Discovery messages of Home Assistant (https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery). */
import type { MqttOptions } from './options.js';
import type { Topics } from './topics.js';

export interface CameraState {
  readonly device: string;
  readonly name: string;
  readonly status: string;
  readonly recording: 'ON' | 'OFF';
  readonly resolution: string;
  readonly fps: number;
  readonly reason?: string;
}

export interface Discovery {
  readonly topic: string;
  readonly config: Readonly<Record<string, unknown>>;
}

type Config = Pick<MqttOptions, 'client_id' | 'discovery_prefix' | 'commands' | 'images'>;

/** What Home Assistant is told of a camera: a sensor with its status, and what the options allow. */
export function discoveryOf(
  { device, name }: CameraState,
  config: Config,
  topics: Topics,
): readonly Discovery[] {
  if (config.discovery_prefix === '') return [];
  const id = `${config.client_id}_${device}`;
  const service = { topic: topics.availability };
  const connected = {
    topic: topics.state(device),
    value_template: "{{ 'online' if value_json.status == 'CONNECTED' else 'offline' }}",
  };
  const entity = (component: string, what: string, more: object): Discovery => ({
    topic: `${config.discovery_prefix}/${component}/${id}/${what}/config`,
    config: {
      unique_id: `${id}_${what}`,
      device: { identifiers: [id], name, manufacturer: 'MediaMTX Camera Service' },
      origin: { name: 'mqtt-camera-plugin' },
      availability: [service, ...(what === 'status' ? [] : [connected])],
      availability_mode: 'all',
      ...more,
    },
  });
  const state_topic = topics.state(device);
  const may = (...methods: readonly string[]): boolean =>
    methods.every((method) => config.commands.includes(method));
  const status = { name: 'Status', state_topic, value_template: '{{ value_json.status }}', icon: 'mdi:cctv' };
  const command = topics.command(device, 'recording');
  const recording = { name: 'Recording', state_topic, value_template: '{{ value_json.recording }}' };
  const snapshot = { name: 'Snapshot', command_topic: topics.command(device, 'snapshot') };
  return [
    entity('sensor', 'status', status),
    may('start_recording', 'stop_recording')
      ? entity('switch', 'recording', { ...recording, command_topic: command })
      : entity('binary_sensor', 'recording', recording),
    ...(may('take_snapshot') ? [entity('button', 'snapshot', snapshot)] : []),
    ...(config.images ? [entity('camera', 'image', { name: 'Image', topic: topics.image(device) })] : []),
  ];
}
