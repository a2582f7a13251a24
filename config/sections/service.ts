/** Settings of the service itself. An adapter's are declared beside the adapter. */
import { CAMERA_NAME } from '../../ports/camera-name.js';
import { option, options } from '../../ports/options.js';

const adapter = option.text({
  doc: 'Name of an adapter.',
  pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
  rule: 'the name of an adapter: lower-case words with hyphens',
});
const adapters = (doc: string, value: string[]) => option.list(adapter, { doc, default: value });
const one = (doc: string, value: string) => ({ ...adapter, description: doc, default: value });
const path = (doc: string, value: string) => option.path({ doc, default: value, minLength: 1 });
const ms = (doc: string, value: number) => option.ms({ doc: `${doc} Milliseconds.`, default: value });
/** A limit of time without which nothing could ever succeed. */
const limit = (doc: string, value: number) =>
  option.ms({ doc: `${doc} Milliseconds.`, default: value, minimum: 1 });
/** A pause between what is done again and again: it must not become a busy loop. */
const period = (doc: string, value: number) =>
  option.ms({ doc: `${doc} Milliseconds.`, default: value, minimum: 10 });
const bytes = (doc: string, value: number) => option.bytes({ doc: `${doc} Bytes.`, default: value });
const number = (doc: string, value: number, minimum = 0) => option.integer({ doc, default: value, minimum });
const text = (doc: string) => option.text({ doc, default: '' });

const MIB = 1024 * 1024;

export const pathsSection = options({
  base: option.path({
    doc: 'Folder that the other paths are relative to; empty: the working folder.',
    default: '',
  }),
  state: path('Documents that survive a restart: keys, identities, running recordings.', 'state'),
  recordings: path('Recordings.', 'recordings'),
  snapshots: path('Snapshots.', 'snapshots'),
  run: path('Sockets and records of child processes of this run.', 'run'),
  logs: path('The audit log, and log files when logs go to files.', 'logs'),
});

export const adaptersSection = options({
  device_event_source: adapters('Sources of cameras, run side by side.', ['udev', 'fsnotify-poll']),
  camera_probe: adapters('Ask cameras what they can do; the first that knows the kind of camera is used.', [
    'v4l2',
  ]),
  frame_grabber: adapters('Take a picture from an idle camera; tried from the cheapest.', ['v4l2', 'ffmpeg']),
  capture: adapters('Stream from cameras.', ['ffmpeg']),
  media_server: one('Moves and records the media.', 'mediamtx'),
  media_tool: one('Looks into media files and rewrites them.', 'ffmpeg'),
  transport: adapters('Transports that accept client connections.', [
    'ws-jsonrpc',
    'http-files',
    'http-health',
  ]),
  auth_provider: adapters('Kinds of credentials, asked in this order.', ['api-key', 'jwt']),
  file_store: one('Keeps recordings and snapshots.', 'disk'),
  audit_log: one('Keeps the audit trail: who asked for what, and what became of it.', 'jsonl-file'),
  state_store: one('Keeps small documents.', 'file'),
  event_bus: one('Carries events.', 'memory'),
  metrics_sink: one('Takes measurements.', 'prometheus'),
  http_listener: one('Listens for HTTP.', 'node'),
});

/** What an entry has besides `adapter` is for the adapter to say. */
export const pluginsSection = options({
  load: option.list(option.path({ doc: 'Name of a package, or path of a file.', minLength: 1 }), {
    doc: 'Packages and files of third-party plugins to load. They are looked for from the folder of the file that names them (of the configuration file, else the working folder, when a variable or the command line names them), then from the folder of the installation. Nothing is loaded that is not named here.',
    default: [],
  }),
  config: option.list(option.object({ adapter: option.text({ doc: 'Port/name of an adapter.' }) }), {
    doc: 'Settings of their adapters: objects with adapter (Port/name) and the options that the adapter declares.',
    default: [],
  }),
  required: option.list(option.text({ doc: 'Name of a plugin.', minLength: 1 }), {
    doc: 'Plugins without which the service shall not start, by their name in load or their own. Any other plugin that fails costs itself: health says what is wrong with it, and everything else works.',
    default: [],
  }),
  setup_timeout_ms: limit(
    'How long a plugin may take to be loaded, to set itself up, and to make an adapter.',
    10_000,
  ),
});

export const serviceSection = options({
  node: text('Name of this node in events; empty on a single node.'),
  public_host: text('Host name in media URLs; empty: the one by which each client reached the service.'),
  max_cameras: number('How many cameras this installation is meant for; told to clients.', 16, 1),
  stop_timeout_ms: limit(
    'How long the whole service may take to end: calls under way, captures, and MediaMTX closing its recordings. What still runs then is ended by force. A supervisor must wait longer before it kills: TimeoutStopSec of systemd, --stop-timeout of docker.',
    30_000,
  ),
  health_interval_ms: period(
    'How often parts are looked at that do not report by themselves, such as the room on the disk.',
    5_000,
  ),
  check_results: option.flag({
    doc: 'Check every answer and event against its declaration; for development.',
    default: false,
  }),
});

const value = (doc: string) => option.text({ doc, minLength: 1, maxLength: 200 });

const assignment = {
  ...option.object(
    { id: option.text({ doc: 'Name of the camera.', ...CAMERA_NAME }) },
    {
      optional: {
        usb: option.text({
          doc: 'Vendor and product of the device.',
          pattern: '^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$',
          rule: 'vendor:product, four hexadecimal digits each, such as 046d:0825',
        }),
        serial: value('Serial number of the device.'),
        port: value('Port that the device is plugged into, such as usb-0000:00:14.0-1.'),
        interface: option.text({
          doc: 'Which of several cameras inside one device.',
          pattern: '^[0-9]{1,3}[.][0-9]{1,3}$',
          rule: 'the number of a USB interface, such as 1.2, in quotes',
        }),
      },
      minProperties: 2,
    },
  ),
  'x-rule': 'an id and at least one of usb, serial, port, interface',
};

export const camerasSection = options({
  debounce_ms: ms('How long a new device is left alone before it is probed.', 50),
  probe_timeout_ms: limit('How long a camera may take to tell what it can do.', 5_000),
  probe_retry_ms: period('Pause before a camera that could not be probed is tried again.', 5_000),
  busy_check_ms: period('How often a camera that another program has is looked at, until it is free.', 1_000),
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
  assignments: option.list(assignment, {
    doc: 'Fixed identifiers: objects with id and one or more of usb (vendor:product), serial, port, interface (of a device with several cameras). When there is one, cameras that match none are ignored.',
    default: [],
    unique: 'id',
  }),
});

export const streamsSection = options({
  idle_timeout_ms: ms('How long a camera stays on after its last viewer.', 60_000),
  viewer_grace_ms: ms('How long a viewer who was let in may take to begin.', 15_000),
  auto_close_ms: ms('How long start_streaming keeps a camera on without viewers.', 300_000),
  snapshot_linger_ms: ms('How long a camera stays on after a snapshot that had to start it.', 60_000),
  stall_timeout_ms: limit(
    'A running camera without a new picture for this long is frozen and started again.',
    3_000,
  ),
  start_timeout_ms: limit('How long the first picture of a camera may take.', 10_000),
  stop_grace_ms: ms('How long a capture may take to end politely.', 2_000),
  retry_first_ms: period('First pause after a capture failed; each further one is twice as long.', 500),
  retry_max_ms: period('Longest pause after a capture failed.', 15_000),
  tap_fps: number('Pictures per second kept for snapshots, where they cost encoding.', 5),
  poll_ms: period('How often the media server is asked who is watching.', 1_000),
  prewarm: option.list(
    option.text({
      doc: 'A camera.',
      pattern: `^[*]$|${CAMERA_NAME.pattern}`,
      rule: `*, or the name of a camera: ${CAMERA_NAME.rule}`,
    }),
    { doc: 'Cameras that are always on; * means all.', default: [] },
  ),
});

export const snapshotsSection = options({
  warm_up_frames: number('First pictures of an idle camera to throw away.', 3),
  timeout_ms: limit('How long one picture may take.', 8_000),
  reserve_bytes: bytes('Room that must be left for a snapshot to be stored.', 16 * MIB),
});

export const recordingsSection = options({
  start_timeout_ms: limit('How long a recording may take until its first bytes are on disk.', 10_000),
  reserve_bytes: bytes(
    'Room that must be left: a recording does not start with less, and those that run are ended before it is used up.',
    256 * MIB,
  ),
  low_space_bytes: bytes('Below this much room storage counts as low.', 1_024 * MIB),
  progress_ms: period('How often recording.progress is sent.', 5_000),
  watch_ms: period('How often running recordings are looked at on disk.', 500),
  stall_ms: option.ms({
    doc: 'A recording whose file has not grown for so long is stalled: clients are told why, and it is begun anew until it grows. More than mediamtx.record_part_duration_ms.',
    default: 5_000,
    minimum: 1_000,
  }),
});

export const rpcSection = options({
  message_bytes: option.bytes({
    doc: 'Longest message of a client. Bytes.',
    default: 512 * 1024,
    minimum: 1024,
  }),
  batch_items: number('Most calls in one batch.', 50, 1),
  in_flight: number('Calls of one connection at a time.', 64, 1),
  outbound_bytes: bytes('What may wait for a slow client before it is disconnected.', 8 * MIB),
  requests_per_minute: number('Calls per minute with one credential; 0: no limit.', 6_000),
  request_burst: number('Calls with one credential that may come at once.', 600),
  address_requests_per_minute: number(
    'Calls per minute without a good credential from one address (IPv6: one /64 network); 0: no limit.',
    30_000,
  ),
  address_request_burst: number(
    'Calls without a good credential from one address that may come at once.',
    3_000,
  ),
  ticket_seconds: option.integer({
    doc: 'How long a download link is good for, unless its credential ends before. Seconds.',
    ...{ default: 900, minimum: 1, maximum: 366 * 86_400 },
  }),
});

export const loginSection = options({
  free_failures: number(
    'Failed logins that cost nothing: with one wrong credential, and with different ones from one address (IPv6: one /64 network).',
    5,
  ),
  first_pause_ms: ms(
    'Pause after further failures; each one is twice as long. A good credential is never kept waiting.',
    1_000,
  ),
  longest_pause_ms: ms('Longest pause after failed logins.', 60_000),
});
