import type { Role } from '../../ports/auth-provider.js';
import { JOB_STATES } from '../jobs/job.js';
import { compile, s, type Infer, type ObjectSchema, type Validator } from '../validation/schema.js';
import type { AliasName } from './aliases.js';

/** A line of the table of events. */
export interface TopicSpec {
  readonly summary: string;
  /** The least role that gets it. */
  readonly role: Role;
  readonly payload: ObjectSchema;
  /** The names under which clients of the earlier API know it. */
  readonly aliases: readonly AliasName[];
}

const device = s.cameraId();
const streams = s.open({
  rtsp: s.optional(s.string()),
  webrtc: s.optional(s.string()),
  hls: s.optional(s.string()),
});
const seconds = s.number({ min: 0 });
const bytes = s.int({ min: 0 });
const description = {
  name: s.optional(s.string()),
  source_kind: s.optional(s.string()),
  resolution: s.optional(s.string()),
  fps: s.optional(s.number({ min: 0 })),
  streams: s.optional(streams),
};
const job = {
  device,
  job_id: s.string(),
  filename: s.string({ doc: 'The file that the work is about. If the state is DONE: the new file.' }),
  state: s.oneOf(...JOB_STATES),
  seconds_done: seconds,
  total_seconds: s.optional(seconds),
  percent: s.optional(s.int({ min: 0, max: 100 })),
  code: s.optional(s.string({ doc: 'Error code if the state is FAILED.' })),
  message: s.optional(s.string()),
};
const recording = { device, session_id: s.string(), filename: s.string() };

/** Every event of the service. `publish` is typed by it, subscriptions are checked against it, documents come from it. */
export const TOPICS = {
  'camera.connected': {
    summary: 'A camera has been detected and is working.',
    role: 'viewer',
    payload: s.object({
      device,
      name: s.string(),
      status: s.string(),
      source_kind: s.string(),
      resolution: s.string(),
      fps: s.number({ min: 0 }),
      streams,
      formats: s.optional(s.array(s.any())),
    }),
    aliases: ['camera_status_update'],
  },
  'camera.disconnected': {
    summary: 'A camera has been disconnected.',
    role: 'viewer',
    payload: s.object({ device, name: s.string(), status: s.string(), reason: s.optional(s.string()) }),
    aliases: ['camera_status_update'],
  },
  'camera.status_change': {
    summary: 'The status of a camera has changed.',
    role: 'viewer',
    payload: s.object({
      device,
      status: s.string(),
      previous: s.string(),
      reason: s.optional(s.string()),
      ...description,
    }),
    aliases: ['camera_status_update'],
  },
  'camera.capability_detected': {
    summary: 'The capabilities of a camera have been determined.',
    role: 'viewer',
    payload: s.object({ device, formats: s.array(s.any()) }),
    aliases: [],
  },
  'recording.start': {
    summary: 'A recording has started: its first bytes are on disk.',
    role: 'viewer',
    payload: s.object({ ...recording, format: s.string() }),
    aliases: ['recording_status_update'],
  },
  'recording.stop': {
    summary: 'A recording has stopped.',
    role: 'viewer',
    payload: s.object({
      ...recording,
      files: s.array(s.string()),
      duration: seconds,
      file_size: bytes,
      reason: s.string(),
    }),
    aliases: ['recording_status_update'],
  },
  'recording.progress': {
    summary: 'Reports the duration and the size of a running recording.',
    role: 'viewer',
    payload: s.object({ ...recording, duration: seconds, file_size: bytes }),
    aliases: [],
  },
  'recording.gap': {
    summary: 'Frames are missing from a recording for a period of time.',
    role: 'viewer',
    payload: s.object({
      ...recording,
      from: s.string(),
      to: s.string(),
      gap_seconds: seconds,
      cause: s.string(),
    }),
    aliases: [],
  },
  'recording.error': {
    summary: 'A recording could not start or continue.',
    role: 'viewer',
    payload: s.object({
      device,
      session_id: s.optional(s.string()),
      filename: s.optional(s.string()),
      message: s.string(),
      code: s.string(),
    }),
    aliases: ['recording_status_update'],
  },
  'remux.progress': {
    summary: 'A recording is being rewritten in another container.',
    role: 'viewer',
    payload: s.object(job),
    aliases: [],
  },
  'export.progress': {
    summary: 'A clip is being made of recordings.',
    role: 'viewer',
    payload: s.object(job),
    aliases: [],
  },
  'snapshot.taken': {
    summary: 'A snapshot has been stored.',
    role: 'viewer',
    payload: s.object({ device, filename: s.string(), file_size: bytes, tier_used: s.int() }),
    aliases: [],
  },
  'snapshot.error': {
    summary: 'A snapshot could not be taken.',
    role: 'viewer',
    payload: s.object({ device, message: s.string(), code: s.string() }),
    aliases: [],
  },
  'stream.started': {
    summary: 'The stream of a camera delivers frames.',
    role: 'viewer',
    payload: s.object({ device, stream_name: s.string(), reason: s.optional(s.string()) }),
    aliases: [],
  },
  'stream.stopped': {
    summary: 'The stream of a camera has ended.',
    role: 'viewer',
    payload: s.object({ device, stream_name: s.string(), reason: s.optional(s.string()) }),
    aliases: [],
  },
  'telemetry.klv': {
    summary: 'Telemetry from an unmanned aircraft.',
    role: 'viewer',
    payload: s.object({ device, klv: s.record(s.any()) }),
    aliases: [],
  },
  'storage.low': {
    summary: 'Little free space is left for recordings.',
    role: 'admin',
    payload: s.object({ available_bytes: bytes, usage_percentage: s.number({ min: 0, max: 100 }) }),
    aliases: [],
  },
  'system.startup': {
    summary: 'The service has started.',
    role: 'viewer',
    payload: s.object({ version: s.string() }),
    aliases: [],
  },
  'system.shutdown': {
    summary: 'The service is about to stop.',
    role: 'viewer',
    payload: s.object({ reason: s.string() }),
    aliases: [],
  },
  'system.health': {
    summary: 'The health of the service has changed.',
    role: 'viewer',
    payload: s.object({ status: s.string(), components: s.record(s.any()) }),
    aliases: ['system_health_update'],
  },
} as const satisfies Record<string, TopicSpec>;

export type Topic = keyof typeof TOPICS;

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;
export type Payload<T extends Topic> = DeepReadonly<Infer<(typeof TOPICS)[T]['payload']>>;

export const TOPIC_NAMES = Object.keys(TOPICS) as readonly Topic[];

export function topicSpec(topic: Topic): TopicSpec {
  return TOPICS[topic];
}

const checks = new Map<Topic, Validator>();

/** The check of a topic's payload, compiled at its first use. */
export function payloadCheck(topic: Topic): Validator {
  let check = checks.get(topic);
  if (check === undefined) checks.set(topic, (check = compile(TOPICS[topic].payload)));
  return check;
}
