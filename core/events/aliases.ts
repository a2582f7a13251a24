/** The three notifications of the earlier API, made from the events of this one. */
export type AliasName = 'camera_status_update' | 'recording_status_update' | 'system_health_update';

/** How an event is told: under its own name, or under an alias. */
export type Form = 'topic' | AliasName;

type Fields = Readonly<Record<string, unknown>>;

export interface AliasSpec {
  readonly summary: string;
  /** The notification's params, or `undefined` when this event does not concern the alias. */
  readonly params: (topic: string, payload: Fields) => Fields | undefined;
}

export const ALIASES: Readonly<Record<AliasName, AliasSpec>> = {
  camera_status_update: {
    summary: '`device`, `status`, `name`, `resolution`, `fps` and `streams`; sent whenever a camera changes.',
    params: cameraStatus,
  },
  recording_status_update: {
    summary: '`device`, `status` (STARTED, STOPPED or ERROR), `filename` and `duration`.',
    params: recordingStatus,
  },
  system_health_update: {
    summary: '`status` and `components`; sent whenever the health changes.',
    params: (_topic, payload) => payload,
  },
};

/** What an authenticated socket gets that never subscribed to anything. */
export const DEFAULT_ALIASES: readonly AliasName[] = ['camera_status_update', 'recording_status_update'];

export function isAlias(name: string): name is AliasName {
  return Object.hasOwn(ALIASES, name);
}

/** Coming and going have topics of their own, so a status change that repeats them makes no second notification. */
function cameraStatus(topic: string, payload: Fields): Fields | undefined {
  const { device, status, name = device, resolution = '', fps = 0, streams = {}, previous } = payload;
  const announcedElsewhere =
    topic === 'camera.status_change' && (status === 'DISCONNECTED' || previous === 'DISCONNECTED');
  return announcedElsewhere ? undefined : { device, status, name, resolution, fps, streams };
}

const RECORDING_STATUS: Readonly<Record<string, string>> = {
  'recording.start': 'STARTED',
  'recording.stop': 'STOPPED',
  'recording.error': 'ERROR',
};

function recordingStatus(topic: string, payload: Fields): Fields {
  const { device, filename = '', duration = 0 } = payload;
  return { device, status: RECORDING_STATUS[topic], filename, duration };
}
