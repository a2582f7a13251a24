/** Settings of the service itself. An adapter's are declared beside the adapter. */
import { CAPABILITIES } from '../../plugins/api/capabilities.js';
import { POLICY_TYPES } from '../../core/retention/policy.js';
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

const isolation = (doc: string, value?: 'none') =>
  option.choice(['none', 'worker', 'process'], { doc, ...(value === undefined ? {} : { default: value }) });

export const pathsSection = options({
  base: option.path({
    doc: 'Folder to which the other paths are relative. Empty: the working directory.',
    default: '',
  }),
  state: path('Data that must survive a restart: keys, camera identities, running recordings.', 'state'),
  recordings: path('Recordings.', 'recordings'),
  snapshots: path('Snapshots.', 'snapshots'),
  run: path('Sockets and child process records of the current run.', 'run'),
  logs: path('The audit log, and log files if logging to files is enabled.', 'logs'),
});

export const adaptersSection = options({
  device_event_source: adapters('Device sources, which run side by side.', ['udev', 'fsnotify-poll']),
  camera_probe: adapters(
    'Determine the capabilities of cameras; for each camera, the first adapter that supports its kind is used.',
    ['v4l2'],
  ),
  frame_grabber: adapters('Take a frame from an idle camera; the cheapest suitable adapter is tried first.', [
    'v4l2',
    'ffmpeg',
  ]),
  capture: adapters('Capture the stream of a camera.', ['ffmpeg']),
  telemetry_decoder: adapters(
    'Decode the metadata of feeds; for each encoding, the first adapter that supports it is used.',
    ['misb-st0601'],
  ),
  media_server: one('Streams and records the media.', 'mediamtx'),
  media_tool: one('Inspects and converts media files.', 'ffmpeg'),
  transport: adapters('Transports that accept client connections.', [
    'ws-jsonrpc',
    'http-files',
    'http-health',
  ]),
  auth_provider: adapters('Credential providers, tried in this order.', ['api-key', 'jwt']),
  file_store: one('Stores recordings and snapshots.', 'disk'),
  segment_log: one('Keeps what has happened to recordings and snapshots.', 'jsonl-file'),
  audit_log: one('Stores the audit trail: who requested what, and with which outcome.', 'jsonl-file'),
  state_store: one('Stores small documents.', 'file'),
  event_bus: one('Distributes events.', 'memory'),
  metrics_sink: one('Collects metrics.', 'prometheus'),
  http_listener: one('Accepts HTTP connections.', 'node'),
});

/** What an entry has besides `adapter` is for the adapter to say. */
export const pluginsSection = options({
  load: option.list(option.path({ doc: 'Name of a package or path of a file.', minLength: 1 }), {
    doc: 'Packages and files of third-party plugins to load. Names are resolved relative to the configuration file that contains them, then relative to the installation. Names from an environment variable or the command line are resolved relative to the --config file or, without one, the working directory. Only the plugins named here are loaded.',
    default: [],
  }),
  config: option.list(option.object({ adapter: option.text({ doc: 'Port/name of an adapter.' }) }), {
    doc: 'Options of the adapters of these plugins: objects with adapter (Port/name) and the options that the adapter declares.',
    default: [],
  }),
  required: option.list(option.text({ doc: 'Name of a plugin.', minLength: 1 }), {
    doc: 'Plugins without which the service does not start, by their entry in load or by their own name. The service runs without any other plugin that fails, and health says what is wrong with it.',
    default: [],
  }),
  deny: option.list(
    option.text({
      doc: 'Plugin and capability.',
      pattern: `^(\\*|[^/]{1,214}(/[^/]{1,214})?)/(${CAPABILITIES.join('|')})$`,
      rule: 'plugin/capability, such as my-plugin/rpc or */events',
      maxLength: 500,
    }),
    {
      doc: 'Capabilities that plugins do not get, as plugin/capability; * stands for all plugins. What a plugin registers with them is left out, and the plugin runs without it.',
      default: [],
    },
  ),
  isolation: isolation(
    'Where the code of these plugins runs. none: in the process of the service. worker: in a thread of its own. process: in a process of its own. An isolated plugin must have a manifest and provide only CameraProbe, Capture, DeviceEventSource, FrameGrabber and Transport.',
    'none',
  ),
  isolation_of: option.list(
    option.object({
      plugin: option.text({ doc: 'A plugin, by its entry in load.', minLength: 1 }),
      isolation: isolation('As above, for this plugin.'),
    }),
    { doc: 'Exceptions from isolation: objects with plugin and isolation.', default: [], unique: 'plugin' },
  ),
  isolation_memory_bytes: option.bytes({
    doc: 'Maximum memory for the objects of one isolated plugin. A plugin that needs more is ended and started again. A process may occupy 128 MiB more in total; what a thread allocates outside its heap is not limited.',
    default: 256 * MIB,
    minimum: 16 * MIB,
  }),
  setup_timeout_ms: limit(
    'Maximum time to load a plugin, to run its setup, and to make one of its adapters.',
    10_000,
  ),
});

export const serviceSection = options({
  node: text('Name of this node in events. Leave it empty if there is only one node.'),
  public_host: text(
    'Host name in media URLs. Empty: the host name that each client used to reach the service.',
  ),
  max_cameras: number(
    'Number of cameras that this installation is designed for; reported to clients.',
    16,
    1,
  ),
  stop_timeout_ms: limit(
    'Maximum time for a graceful shutdown, in which calls and captures end and MediaMTX finishes its recordings. Anything still running after this time is killed. A supervisor must wait longer before it kills the service: see TimeoutStopSec in systemd and --stop-timeout in Docker.',
    30_000,
  ),
  health_interval_ms: period(
    'Interval between health checks of components that do not report changes themselves, such as free disk space.',
    5_000,
  ),
  check_results: option.flag({
    doc: 'Validate every result and event against its schema; intended for development.',
    default: false,
  }),
});

const value = (doc: string) => option.text({ doc, minLength: 1, maxLength: 200 });

const assignment = {
  ...option.object(
    { id: option.text({ doc: 'Identifier of the camera.', ...CAMERA_NAME }) },
    {
      optional: {
        usb: option.text({
          doc: 'Vendor and product id of the device.',
          pattern: '^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$',
          rule: 'vendor:product, four hexadecimal digits each, such as 046d:0825',
        }),
        serial: value('Serial number of the device.'),
        port: value('USB port to which the device is connected, such as usb-0000:00:14.0-1.'),
        interface: option.text({
          doc: 'USB interface, to select one of several cameras inside a device.',
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
  debounce_ms: ms('Delay between the detection of a new device and the first probe.', 50),
  probe_timeout_ms: limit('Maximum time for probing the capabilities of a camera.', 5_000),
  probe_retry_ms: period('Delay before another attempt after a failed probe.', 5_000),
  busy_check_ms: period(
    'Interval between checks whether a camera in use by another program is free again.',
    1_000,
  ),
  width: number(
    'Width in pixels; set it together with height. The service uses the closest resolution that the camera offers. 0: the highest resolution that the machine can encode, up to 1920x1080.',
    0,
  ),
  height: number('Height in pixels; set it together with width.', 0),
  fps: number('Frame rate in frames per second. 0: the highest that the machine can encode, up to 30.', 0),
  encode_pixels_per_second: number(
    'Encoding limit for one camera in pixels per second. It applies if width and height are not set and the camera does not deliver H.264. 0: 30 000 000 for each processor.',
    0,
  ),
  assignments: option.list(assignment, {
    doc: 'Assignment rules for fixed identifiers: objects with id and at least one of usb (vendor:product), serial, port, interface (for devices with several cameras). If there are any rules, cameras that match none of them are ignored.',
    default: [],
    unique: 'id',
  }),
});

export const streamsSection = options({
  idle_timeout_ms: ms('Time for which a camera keeps running after its last viewer has left.', 60_000),
  viewer_grace_ms: ms('Time within which an authorised viewer must start reading the stream.', 15_000),
  auto_close_ms: ms('Time for which start_streaming keeps a camera running without viewers.', 300_000),
  snapshot_linger_ms: ms(
    'Time for which a camera keeps running after a snapshot that had to start it.',
    60_000,
  ),
  stall_timeout_ms: limit(
    'A camera that has not delivered a frame for this time is considered frozen and is restarted.',
    3_000,
  ),
  start_timeout_ms: limit('Maximum time until a camera delivers its first frame.', 10_000),
  stop_grace_ms: ms('Time for a capture process to stop by itself before it is killed.', 2_000),
  retry_first_ms: period(
    'First delay before a failed capture is restarted; it doubles with each further failure.',
    500,
  ),
  retry_max_ms: period('Maximum delay before a failed capture is restarted.', 15_000),
  tap_fps: number('Frame rate of the JPEG frames kept for snapshots, if they have to be encoded.', 5),
  poll_ms: period('Interval at which the media server is asked for its viewers.', 1_000),
  prewarm: option.list(
    option.text({
      doc: 'A camera.',
      pattern: `^[*]$|${CAMERA_NAME.pattern}`,
      rule: `*, or the name of a camera: ${CAMERA_NAME.rule}`,
    }),
    { doc: 'Cameras that are kept running all the time; * means all.', default: [] },
  ),
});

export const snapshotsSection = options({
  warm_up_frames: number('Number of frames to discard when an idle camera starts.', 3),
  timeout_ms: limit('Maximum time for taking one snapshot.', 8_000),
  reserve_bytes: bytes('Free space that must remain on the disk; snapshots are refused below it.', 16 * MIB),
});

export const recordingsSection = options({
  start_timeout_ms: limit('Maximum time until the first bytes of a recording are on disk.', 10_000),
  reserve_bytes: bytes(
    'Free space that must remain on the disk: a recording does not start below it, and running recordings are stopped before it is used.',
    256 * MIB,
  ),
  low_space_bytes: bytes(
    'Free space below which storage counts as low: storage.low is sent, and health is degraded.',
    1_024 * MIB,
  ),
  enough_space_bytes: bytes(
    'Free space from which storage that was low no longer counts as low. 0: a tenth more than low_space_bytes.',
    0,
  ),
  progress_ms: period('Interval at which recording.progress is sent.', 5_000),
  watch_ms: period('Interval at which the files of running recordings are checked.', 500),
  stall_ms: option.ms({
    doc: 'A recording whose file has not grown for this time is considered stalled: clients are informed of the reason, and the recording is restarted until its file grows. Must be longer than mediamtx.record_part_duration_ms.',
    default: 5_000,
    minimum: 1_000,
  }),
  convert_wait_ms: ms(
    'Maximum time for which stop_recording waits until the files have been rewritten in the requested format; longer conversions go on in the background.',
    10_000,
  ),
  thumbnail_cache_bytes: bytes('Memory for images of recordings that have been asked for.', 16 * MIB),
  export_max_seconds: number('Maximum length of a clip that export_clip makes, in seconds.', 14_400, 1),
  concurrent_jobs: option.integer({
    doc: 'Number of conversions and exports that run at the same time; further ones wait.',
    default: 1,
    minimum: 1,
    maximum: 16,
  }),
});

const policyType = option.choice(POLICY_TYPES, {
  doc: 'age and size: recordings that exceed a limit are deleted automatically. manual: only when cleanup_old_files is called. All limits that are set apply, whatever the type.',
  default: 'manual',
});
const limit0 = (doc: string) => option.number({ doc: `${doc} 0: no limit.`, default: 0, minimum: 0 });
const maxAge = limit0('Maximum age of recordings in days, counted from their end.');
const maxSize = limit0('Maximum total size of recordings in gigabytes (1,000,000,000 bytes).');

export const retentionSection = options({
  enabled: option.flag({
    doc: 'Whether recordings may be deleted to keep the limits below. The values of this section apply until set_retention_policy stores others.',
    default: false,
  }),
  policy_type: policyType,
  max_age_days: maxAge,
  max_size_gb: maxSize,
  min_free_gb: limit0(
    'Free space that is kept on the disk, in gigabytes. The oldest recordings of all cameras are deleted for it, except those of cameras whose own policy is manual or disabled. Should be more than recordings.low_space_bytes.',
  ),
  include_unknown: option.flag({
    doc: 'Whether the limits also apply to files that this service has not recorded, such as files that were copied into the folder. They are neither counted nor deleted otherwise.',
    default: false,
  }),
  cameras: option.list(
    option.object({
      device: option.text({ doc: 'Identifier of the camera.', ...CAMERA_NAME }),
      enabled: option.flag({ doc: 'As above, for this camera.', default: true }),
      policy_type: policyType,
      max_age_days: maxAge,
      max_size_gb: maxSize,
    }),
    {
      doc: 'Cameras with a policy of their own, to which max_age_days and max_size_gb above do not apply: objects with device and optionally enabled, policy_type, max_age_days and max_size_gb.',
      default: [],
      unique: 'device',
    },
  ),
  interval_ms: option.ms({
    doc: 'Interval at which the limits are checked. They are also checked when a recorded file is closed and when free space becomes low. Milliseconds.',
    default: 600_000,
    minimum: 1_000,
  }),
});

export const rpcSection = options({
  message_bytes: option.bytes({
    doc: 'Maximum size of a client message in bytes.',
    default: 512 * 1024,
    minimum: 1024,
  }),
  batch_items: number('Maximum number of calls in a batch.', 50, 1),
  in_flight: number('Maximum number of concurrent calls per connection.', 64, 1),
  outbound_bytes: bytes(
    'Maximum amount of unsent data for a slow client; beyond it, the client is disconnected.',
    8 * MIB,
  ),
  requests_per_minute: number('Maximum number of calls per minute with one credential. 0: no limit.', 6_000),
  request_burst: number('Maximum burst of calls with one credential.', 600),
  address_requests_per_minute: number(
    'Maximum number of calls per minute without a valid credential from one address (IPv6: one /64 network). 0: no limit.',
    30_000,
  ),
  address_request_burst: number('Maximum burst of calls without a valid credential from one address.', 3_000),
  ticket_seconds: option.integer({
    doc: 'Lifetime of a download link in seconds. A link also ends with the credential for which it was created.',
    ...{ default: 900, minimum: 1, maximum: 366 * 86_400 },
  }),
});

export const loginSection = options({
  free_failures: number(
    'Number of failed logins without a delay, counted per invalid credential and per address (IPv6: one /64 network).',
    5,
  ),
  first_pause_ms: ms(
    'Delay after further failed logins; it doubles each time. Valid credentials are never delayed.',
    1_000,
  ),
  longest_pause_ms: ms('Maximum delay after failed logins.', 60_000),
});
