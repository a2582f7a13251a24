import { option, options, type OptionFault, type OptionValue } from 'mediamtx-camera-service/plugin-api';
import { keyOf } from './signature.js';

const DEFAULT_TOPICS = [
  'camera.*',
  'recording.start',
  'recording.stop',
  'recording.gap',
  'recording.error',
  'snapshot.*',
];

const ENDPOINT = option.object({
  name: option.text({
    doc: 'Name of the endpoint, under which its queue is kept.',
    pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
    rule: 'lower-case words with hyphens',
    maxLength: 40,
  }),
  url: option.text({
    doc: 'URL to which events are posted. Redirects are not followed.',
    pattern: '^https?://[^\\s/?#@]+([/?][^\\s#]*)?$',
    rule: 'an http or https URL without credentials',
  }),
  secret: option.secret({
    doc: 'Secret for the signatures: whsec_ and 24 to 64 bytes in Base64, as `echo whsec_$(openssl rand -base64 32)` prints it.',
    pattern: '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$',
    rule: 'whsec_ followed by 24 to 64 bytes in Base64',
  }),
  topics: option.list(option.text({ doc: 'A topic, a prefix such as camera.*, or *.', minLength: 1 }), {
    doc: 'Topics of the events that are posted.',
    default: DEFAULT_TOPICS,
    minItems: 1,
  }),
  devices: option.list(option.text({ doc: 'A camera, such as camera0.', minLength: 1 }), {
    doc: 'Cameras whose events are posted. Empty: all.',
    default: [],
  }),
});

export type EndpointOptions = OptionValue<typeof ENDPOINT>;

export const WEBHOOK_OPTIONS = options({
  api_key: option.secret({
    doc: 'API key of the service. Only events that its role and its cameras allow are posted.',
    minLength: 1,
  }),
  endpoints: option.list(ENDPOINT, {
    doc: 'Where events are posted.',
    unique: 'name',
    minItems: 1,
    maxItems: 32,
  }),
  timeout_ms: option.ms({ doc: 'Time in which an endpoint must answer.', default: 15_000, minimum: 100 }),
  first_retry_ms: option.ms({
    doc: 'Pause before the first retry; it doubles with each one, and is shortened at random by up to half.',
    default: 1000,
    minimum: 10,
  }),
  max_retry_ms: option.ms({ doc: 'Maximum pause between retries.', default: 300_000, minimum: 10 }),
  max_attempts: option.integer({
    doc: 'Attempts after which an event is written to the dead letters.',
    default: 20,
    minimum: 1,
    maximum: 1000,
  }),
  queue_limit: option.integer({
    doc: 'Maximum number of events that wait for an endpoint. Beyond it, the oldest is written to the dead letters.',
    default: 1000,
    minimum: 1,
    maximum: 10_000,
  }),
});

export type WebhookOptions = OptionValue<typeof WEBHOOK_OPTIONS>;

/** What the pattern of a secret cannot tell: the number of its bytes. */
export function checkSecrets({ endpoints }: WebhookOptions): readonly OptionFault[] {
  return endpoints.flatMap(({ secret }, index) => {
    const { length } = keyOf(secret);
    return length >= 24 && length <= 64
      ? []
      : [{ option: `endpoints[${String(index)}].secret`, rule: 'must have 24 to 64 bytes behind whsec_' }];
  });
}
