import { option, options, type OptionFault, type OptionValue } from 'mediamtx-camera-service/plugin-api';

const TOPIC = { pattern: '^[^/+#\\s]+(/[^/+#\\s]+)*$', rule: 'a topic without wildcards' };
/** They would change whom the session of all clients speaks for, or what it hears. */
const OF_THE_SESSION = ['authenticate', 'subscribe_events', 'unsubscribe_events'];

export const MQTT_OPTIONS = options({
  api_key: option.secret({
    doc: 'API key of the service. Events are published and commands are run with its role and its cameras.',
    minLength: 1,
  }),
  url: option.text({
    doc: 'URL of the broker, such as mqtt://broker.lan or mqtts://broker.lan:8883.',
    pattern: '^(mqtts?|wss?)://[^\\s/?#@]+(/[^\\s#]*)?$',
    rule: 'a mqtt, mqtts, ws or wss URL without credentials; they belong into username and password',
  }),
  username: option.text({ doc: 'User name at the broker. Empty: none.', default: '' }),
  password: option.secret({ doc: 'Password at the broker.', default: '' }),
  ca_file: option.path({ doc: 'PEM file with the CA of the broker. Empty: the CAs of Node.', default: '' }),
  cert_file: option.path({ doc: 'PEM file with a client certificate. Empty: none.', default: '' }),
  key_file: option.path({ doc: 'PEM file with the key of the client certificate.', default: '' }),
  client_id: option.text({
    doc: 'Client identifier at the broker, which also identifies the cameras of this service in Home Assistant.',
    default: 'camera-service',
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    rule: 'up to 64 letters, digits, - and _',
  }),
  prefix: option.text({ doc: 'First levels of all topics.', default: 'camera-service', ...TOPIC }),
  discovery_prefix: option.text({
    doc: 'First level of the discovery topics of Home Assistant. Empty: no discovery messages.',
    default: 'homeassistant',
    pattern: '^([^/+#\\s]+(/[^/+#\\s]+)*)?$',
    rule: 'a topic without wildcards, or empty',
  }),
  events: option.list(option.text({ doc: 'A topic, a prefix such as camera.*, or *.', minLength: 1 }), {
    doc: 'Events that are published.',
    default: ['camera.*', 'recording.*', 'snapshot.*'],
  }),
  commands: option.list(option.text({ doc: 'Name of a method.', minLength: 1 }), {
    doc: 'Methods that clients of the broker may call. Empty: none.',
    default: ['take_snapshot', 'start_recording', 'stop_recording'],
  }),
  images: option.flag({
    doc: 'Whether each new snapshot (JPEG) is published and retained; requires cameras in Home Assistant.',
    default: false,
  }),
  max_image_bytes: option.bytes({
    doc: 'Maximum size of a published image.',
    default: 4_194_304,
    minimum: 1,
  }),
  qos: option.integer({ doc: 'Quality of service of messages and subscriptions.', default: 1, maximum: 2 }),
  keepalive_ms: option.ms({
    doc: 'Interval between pings. A broker that does not answer is reconnected.',
    default: 30_000,
    minimum: 1000,
    maximum: 3_600_000,
  }),
  connect_timeout_ms: option.ms({ doc: 'Maximum time for a connection.', default: 10_000, minimum: 100 }),
  max_reconnect_ms: option.ms({
    doc: 'Maximum pause before a reconnection. The first is 500 ms; it doubles with each failure.',
    default: 60_000,
    minimum: 500,
  }),
  queue_limit: option.integer({
    doc: 'Maximum number of events that wait while the broker is away. Beyond it, the oldest is dropped.',
    default: 1000,
    minimum: 1,
    maximum: 100_000,
  }),
});

export type MqttOptions = OptionValue<typeof MQTT_OPTIONS>;

export function checkOptions({ commands, cert_file, key_file }: MqttOptions): readonly OptionFault[] {
  const refused = commands.filter((method) => OF_THE_SESSION.includes(method));
  return [
    ...(refused.length === 0 ? [] : [{ option: 'commands', rule: `must not contain ${refused.join(', ')}` }]),
    ...((cert_file === '') === (key_file === '')
      ? []
      : [{ option: 'cert_file', rule: 'must be set together with key_file' }]),
  ];
}
