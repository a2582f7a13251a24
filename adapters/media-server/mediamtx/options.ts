/** Options of the MediaMTX adapter: what they are, and their defaults. */
import { option, options, type CamelCased, type OptionValue } from '../../../ports/options.js';

const DAY_MS = 24 * 3_600_000;

const server = {
  mode: option.choice(['managed', 'external'], {
    doc: 'managed: the service runs its own MediaMTX. external: it uses a MediaMTX that runs elsewhere.',
    default: 'managed',
  }),
  binary: option.path({
    doc: 'Path of the MediaMTX program. Empty: "mediamtx" on the PATH, otherwise the one that the setup downloaded.',
    default: '',
    env: 'MEDIAMTX_BIN',
  }),
  url: option.text({ doc: 'External mode: base URL of the Control API, without credentials.', default: '' }),
  user: option.text({ doc: 'External mode: user name for the Control API.', default: '' }),
  password: option.secret({ doc: 'External mode: password for the Control API.', default: '' }),
  rtsp_host: option.text({
    doc: 'External mode: host of the RTSP listener, as seen from this machine. Empty: the host of "url".',
    default: '',
  }),
  recordings_dir: option.text({
    doc: 'External mode: path of the recordings folder on the machine of MediaMTX. Empty: the same path as on this machine.',
    default: '',
  }),
};

const addresses = {
  bind_host: option.text({
    doc: 'Address on which RTSP, WebRTC and HLS listen. Empty: all interfaces.',
    default: '',
  }),
  rtsp_port: option.port({ doc: 'TCP port for RTSP.', default: 8554, minimum: 1 }),
  webrtc_port: option.port({
    doc: 'TCP port for WebRTC signalling (WHEP and the viewing page).',
    default: 8889,
    minimum: 1,
  }),
  webrtc_udp_port: option.port({ doc: 'UDP port for WebRTC media.', default: 8189, minimum: 1 }),
  hls_port: option.port({ doc: 'TCP port for HLS.', default: 8888, minimum: 1 }),
  api_port: option.port({
    doc: 'TCP port for the Control API, which listens only on 127.0.0.1.',
    default: 9997,
    minimum: 1,
  }),
  public_host: option.text({
    doc: 'Host name in URLs for viewers. Empty: the host name that the client used to reach the service.',
    default: '',
  }),
  public_rtsp_port: option.port({
    doc: 'RTSP port in URLs for viewers. 0: same as rtsp_port.',
    default: 0,
  }),
  public_webrtc_port: option.port({
    doc: 'WebRTC port in URLs for viewers. 0: same as webrtc_port.',
    default: 0,
  }),
  public_hls_port: option.port({ doc: 'HLS port in URLs for viewers. 0: same as hls_port.', default: 0 }),
};

const media = {
  rtsp_transports: option.list(option.choice(['tcp', 'udp'], { doc: 'An RTSP transport.' }), {
    doc: 'Transports for RTSP viewers: tcp, udp. The list must contain tcp, which cameras use to publish.',
    default: ['tcp'],
  }),
  hls_variant: option.choice(['lowLatency', 'fmp4', 'mpegts'], {
    doc: 'lowLatency: a delay of about 1 s. fmp4: regular HLS. mpegts: for old players, and the only variant that carries KLV.',
    default: 'lowLatency',
  }),
  webrtc_additional_hosts: option.list(option.text({ doc: 'A host name or address.', minLength: 1 }), {
    doc: 'Additional addresses at which WebRTC viewers can reach this machine, such as a public address.',
    default: [],
  }),
  record_part_duration_ms: option.ms({
    doc: 'Duration of a part of an fMP4 recording. It is the maximum loss after a crash and the delay until the first bytes are written.',
    default: 500,
    minimum: 50,
  }),
  record_max_part_bytes: option.bytes({
    doc: 'Maximum size of a part of a recording.',
    default: 50 * 1024 * 1024,
  }),
  record_segment_duration_ms: option.ms({
    doc: 'Time after which a recording continues in a new file; at most one day.',
    default: 3_600_000,
    maximum: DAY_MS,
  }),
  viewer_start_timeout_ms: option.ms({
    doc: 'Maximum time for which a viewer of an idle camera waits for the first frames.',
    default: 10_000,
  }),
};

const access = {
  auth_host: option.text({
    doc: 'Address on which the service receives authorisation requests from MediaMTX.',
    default: '127.0.0.1',
  }),
  auth_port: option.port({
    doc: 'TCP port for authorisation requests from MediaMTX. 0: any free port (managed mode only).',
    default: 0,
  }),
  auth_secret: option.secret({
    doc: 'External mode: secret in the URL for authorisation requests, which is set in MediaMTX as authHTTPAddress: http://<auth_host>:<auth_port>/<auth_secret>. Empty: MediaMTX sends no authorisation requests to this service.',
    default: '',
    pattern: '^([A-Za-z0-9_-]{16,})?$',
    rule: 'empty, or 16 or more letters, digits, - and _',
  }),
  auth_timeout_ms: option.ms({
    doc: 'Viewers that are not authorised within this time are refused.',
    default: 100,
  }),
};

const timing = {
  start_timeout_ms: option.ms({ doc: 'Maximum time for MediaMTX to become ready.', default: 10_000 }),
  poll_interval_ms: option.ms({
    doc: 'Interval between checks whether MediaMTX responds. If its connection or process ends, this is detected immediately; while it does not respond, it is checked every second.',
    default: 5_000,
  }),
  hung_timeout_ms: option.ms({
    doc: 'Time without a response after which a managed MediaMTX is killed and restarted.',
    default: 15_000,
  }),
  request_timeout_ms: option.ms({ doc: 'Timeout for a single attempt of an API call.', default: 2_000 }),
  call_timeout_ms: option.ms({ doc: 'Timeout for an API call including retries.', default: 4_000 }),
  breaker_failures: option.integer({
    doc: 'Number of failed API calls within breaker_window_ms after which calls are suspended for breaker_pause_ms.',
    default: 5,
    minimum: 1,
  }),
  breaker_window_ms: option.ms({ doc: 'Time window for breaker_failures.', default: 10_000 }),
  breaker_pause_ms: option.ms({
    doc: 'Delay before a trial call; it doubles with each failed trial.',
    default: 30_000,
  }),
  breaker_max_pause_ms: option.ms({ doc: 'Maximum delay between trial calls.', default: 300_000 }),
};

export const MEDIAMTX_OPTIONS = options({ ...server, ...addresses, ...media, ...access, ...timing });

/** The options as code has them. */
export type Declared = CamelCased<OptionValue<typeof MEDIAMTX_OPTIONS>>;
