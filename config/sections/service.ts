/** Settings of the service itself; those of an adapter are in the file of its name. */

const names = (doc: string, value: string[]) => ({ doc, format: Array, default: value });
const name = (doc: string, value: string) => ({ doc, format: String, default: value });
const ms = (doc: string, value: number) => ({ doc: `${doc} Milliseconds.`, format: 'nat', default: value });
const bytes = (doc: string, value: number) => ({ doc: `${doc} Bytes.`, format: 'nat', default: value });
const number = (doc: string, value: number) => ({ doc, format: 'nat', default: value });

const MIB = 1024 * 1024;

export const pathsSection = {
  base: name('Folder that the other paths are relative to; empty: the working folder.', ''),
  state: name('Documents that survive a restart: keys, identities, running recordings.', 'state'),
  recordings: name('Recordings.', 'recordings'),
  snapshots: name('Snapshots.', 'snapshots'),
  run: name('Sockets and records of child processes of this run.', 'run'),
  logs: name('The audit log, and log files when logs go to files.', 'logs'),
};

export const adaptersSection = {
  device_event_source: names('Sources of cameras, run side by side.', ['udev', 'fsnotify-poll']),
  camera_probe: names('Ask cameras what they can do; the first that knows the kind of camera is used.', [
    'v4l2',
  ]),
  frame_grabber: names('Take a picture from an idle camera; tried from the cheapest.', ['v4l2', 'ffmpeg']),
  capture: names('Stream from cameras.', ['ffmpeg']),
  media_server: name('Moves and records the media.', 'mediamtx'),
  media_tool: name('Looks into media files and rewrites them.', 'ffmpeg'),
  transport: names('Ways in.', ['ws-jsonrpc', 'http-files', 'http-health']),
  auth_provider: names('Kinds of credentials, asked in this order.', ['api-key', 'jwt']),
  file_store: name('Keeps recordings and snapshots.', 'disk'),
  audit_log: name('Keeps the audit trail: who asked for what, and what became of it.', 'jsonl-file'),
  state_store: name('Keeps small documents.', 'file'),
  event_bus: name('Carries events.', 'memory'),
  metrics_sink: name('Takes measurements.', 'prometheus'),
  http_listener: name('Listens for HTTP.', 'node'),
};

export const pluginsSection = {
  load: names('Packages of third-party plugins to load. Nothing is loaded that is not named here.', []),
  config: {
    doc: 'Settings of their adapters: objects with adapter (Port/name) and whatever else the adapter takes.',
    format: 'list',
    default: [] as unknown[],
  },
  setup_timeout_ms: ms('How long a plugin may take to set itself up.', 10_000),
};

export const serviceSection = {
  node: name('Name of this node in events; empty on a single node.', ''),
  public_host: name('Host name in media URLs; empty: the one by which each client reached the service.', ''),
  max_cameras: number('How many cameras this installation is meant for; told to clients.', 16),
  stop_timeout_ms: ms('How long one part of the service may take to stop.', 5_000),
  health_interval_ms: ms('How often parts are looked at that do not report by themselves.', 1_000),
  check_results: {
    doc: 'Check every answer and event against its declaration; for development.',
    format: Boolean,
    default: false,
  },
};

export const camerasSection = {
  debounce_ms: ms('How long a new device is left alone before it is probed.', 50),
  probe_timeout_ms: ms('How long a camera may take to tell what it can do.', 5_000),
  probe_retry_ms: ms('Pause before a camera that could not be probed is tried again.', 5_000),
  busy_check_ms: ms('How often a camera that another program has is looked at, until it is free.', 1_000),
  width: number(
    'Wanted width in pixels, with height; the nearest that the camera offers is used. 0: the best that the machine sustains, up to 1920x1080.',
    0,
  ),
  height: number('Wanted height in pixels, with width.', 0),
  fps: number('Wanted pictures per second. 0: what the machine sustains, up to 30.', 0),
  encode_pixels_per_second: number(
    'Pixels a second that this machine may be asked to encode for one camera, where width and height are not set and the camera has no H.264 of its own. 0: 30 000 000 for each processor.',
    0,
  ),
  assignments: {
    doc: 'Fixed identifiers: objects with id and one or more of usb (vendor:product), serial, port, interface (of a device with several cameras). When there is one, cameras that match none are ignored.',
    format: 'list',
    default: [] as unknown[],
  },
};

export const streamsSection = {
  idle_timeout_ms: ms('How long a camera stays on after its last viewer.', 60_000),
  viewer_grace_ms: ms('How long a viewer who was let in may take to begin.', 15_000),
  auto_close_ms: ms('How long start_streaming keeps a camera on without viewers.', 300_000),
  snapshot_linger_ms: ms('How long a camera stays on after a snapshot that had to start it.', 60_000),
  stall_timeout_ms: ms(
    'A running camera without a new picture for this long is frozen and started again.',
    3_000,
  ),
  start_timeout_ms: ms('How long the first picture of a camera may take.', 10_000),
  stop_grace_ms: ms('How long a capture may take to end politely.', 2_000),
  retry_first_ms: ms('First pause after a capture failed; each further one is twice as long.', 500),
  retry_max_ms: ms('Longest pause after a capture failed.', 15_000),
  tap_fps: number('Pictures per second kept for snapshots, where they cost encoding.', 5),
  poll_ms: ms('How often the media server is asked who is watching.', 1_000),
  prewarm: names('Cameras that are always on; * means all.', []),
};

export const snapshotsSection = {
  warm_up_frames: number('First pictures of an idle camera to throw away.', 3),
  timeout_ms: ms('How long one picture may take.', 8_000),
  reserve_bytes: bytes('Room that must be left for a snapshot to be stored.', 16 * MIB),
};

export const recordingsSection = {
  start_timeout_ms: ms('How long a recording may take until its first bytes are on disk.', 10_000),
  reserve_bytes: bytes('Room that must be left for a recording to start.', 256 * MIB),
  low_space_bytes: bytes('Below this much room storage counts as low.', 1_024 * MIB),
  progress_ms: ms('How often recording.progress is sent.', 5_000),
  watch_ms: ms('How often running recordings are looked at on disk.', 500),
};

export const rpcSection = {
  message_bytes: bytes('Longest message of a client.', 512 * 1024),
  batch_items: number('Most calls in one batch.', 50),
  in_flight: number('Calls of one connection at a time.', 64),
  outbound_bytes: bytes('What may wait for a slow client before it is disconnected.', 8 * MIB),
  requests_per_minute: number('Calls per minute and principal; 0: no limit.', 6_000),
  request_burst: number('Calls of one principal that may come at once.', 600),
  address_requests_per_minute: number('Calls per minute and address; 0: no limit.', 30_000),
  address_request_burst: number('Calls of one address that may come at once.', 3_000),
  ticket_seconds: number('How long a download link is good for. Seconds.', 900),
};

export const loginSection = {
  free_failures: number('Failed logins of one address that cost nothing.', 5),
  first_pause_ms: ms('Pause after further failures; each one is twice as long.', 1_000),
  longest_pause_ms: ms('Longest pause after failed logins.', 60_000),
};
