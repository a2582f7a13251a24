/** Options of the MediaMTX adapter: what they are, and their defaults. */
import { option, options, type CamelCased, type OptionValue } from '../../../ports/options.js';

const DAY_MS = 24 * 3_600_000;

const server = {
  mode: option.choice(['managed', 'external'], {
    doc: 'managed: the service runs its own MediaMTX. external: it uses one that runs elsewhere.',
    default: 'managed',
  }),
  binary: option.path({
    doc: 'The MediaMTX program. Empty: "mediamtx" on the search path, then the one the set-up fetched.',
    default: '',
    env: 'MEDIAMTX_BIN',
  }),
  url: option.text({ doc: 'External mode: base URL of the Control API, without credentials.', default: '' }),
  user: option.text({ doc: 'External mode: user of the Control API.', default: '' }),
  password: option.secret({ doc: 'External mode: password of the Control API.', default: '' }),
  rtsp_host: option.text({
    doc: 'External mode: host of its RTSP listener, seen from here. Empty: the host of "url".',
    default: '',
  }),
  recordings_dir: option.text({
    doc: 'External mode: the recordings folder as MediaMTX sees it. Empty: the same path as here.',
    default: '',
  }),
};

const addresses = {
  bind_host: option.text({
    doc: 'Address on which viewers are served (RTSP, WebRTC, HLS). Empty: all interfaces.',
    default: '',
  }),
  rtsp_port: option.port({ doc: 'TCP port of RTSP.', default: 8554, minimum: 1 }),
  webrtc_port: option.port({
    doc: 'TCP port of WebRTC signalling (WHEP and the viewing page).',
    default: 8889,
    minimum: 1,
  }),
  webrtc_udp_port: option.port({ doc: 'UDP port of WebRTC media.', default: 8189, minimum: 1 }),
  hls_port: option.port({ doc: 'TCP port of HLS.', default: 8888, minimum: 1 }),
  api_port: option.port({
    doc: 'TCP port of the Control API, on 127.0.0.1 only.',
    default: 9997,
    minimum: 1,
  }),
  public_host: option.text({
    doc: 'Host name in URLs for viewers. Empty: the name by which the client reached the service.',
    default: '',
  }),
  public_rtsp_port: option.port({
    doc: 'RTSP port in URLs for viewers. 0: the same as rtsp_port.',
    default: 0,
  }),
  public_webrtc_port: option.port({
    doc: 'WebRTC port in URLs for viewers. 0: the same as webrtc_port.',
    default: 0,
  }),
  public_hls_port: option.port({ doc: 'HLS port in URLs for viewers. 0: the same as hls_port.', default: 0 }),
};

const media = {
  rtsp_transports: option.list(option.choice(['tcp', 'udp'], { doc: 'A transport of RTSP.' }), {
    doc: 'Transports offered to RTSP viewers: tcp, udp. Cameras publish by tcp, which must be among them.',
    default: ['tcp'],
  }),
  hls_variant: option.choice(['lowLatency', 'fmp4', 'mpegts'], {
    doc: 'lowLatency: about 1 s behind. fmp4: ordinary HLS. mpegts: for old players, and the only one that carries KLV.',
    default: 'lowLatency',
  }),
  webrtc_additional_hosts: option.list(option.text({ doc: 'A host name or address.', minLength: 1 }), {
    doc: 'Further addresses at which WebRTC viewers can reach this machine, such as a public one.',
    default: [],
  }),
  record_part_duration_ms: option.ms({
    doc: 'Length of a part of an fMP4 recording: what a crash can cost, and how long the first bytes take.',
    default: 500,
    minimum: 50,
  }),
  record_max_part_bytes: option.bytes({ doc: 'Largest part of a recording.', default: 50 * 1024 * 1024 }),
  record_segment_duration_ms: option.ms({
    doc: 'A recording goes on in a further file after this time, at most one day.',
    default: 3_600_000,
    maximum: DAY_MS,
  }),
  viewer_start_timeout_ms: option.ms({
    doc: 'How long the viewer of an idle camera is held until pictures come.',
    default: 10_000,
  }),
};

const access = {
  auth_host: option.text({
    doc: 'Address on which MediaMTX asks the service who may watch.',
    default: '127.0.0.1',
  }),
  auth_port: option.port({ doc: 'TCP port of the same. 0: any free one (managed mode only).', default: 0 }),
  auth_secret: option.secret({
    doc: 'External mode: the last part of the address that MediaMTX asks, authHTTPAddress: http://<auth_host>:<auth_port>/<auth_secret>. Empty: it does not ask.',
    default: '',
    pattern: '^([A-Za-z0-9_-]{16,})?$',
    rule: 'empty, or 16 or more letters, digits, - and _',
  }),
  auth_timeout_ms: option.ms({
    doc: 'A viewer who is not allowed within this time is refused.',
    default: 100,
  }),
};

const timing = {
  start_timeout_ms: option.ms({ doc: 'How long MediaMTX may take to get ready.', default: 10_000 }),
  poll_interval_ms: option.ms({
    doc: 'Pause between two looks whether MediaMTX answers. Its end is noticed by the end of its connection or process, and while it does not answer it is asked every second.',
    default: 5_000,
  }),
  hung_timeout_ms: option.ms({
    doc: 'A managed MediaMTX that does not answer for so long is killed and started again.',
    default: 15_000,
  }),
  request_timeout_ms: option.ms({ doc: 'Bound of one try of an API call.', default: 2_000 }),
  call_timeout_ms: option.ms({ doc: 'Bound of an API call with its repetitions.', default: 4_000 }),
  breaker_failures: option.integer({
    doc: 'So many failed API calls within breaker_window_ms stop further calls for breaker_pause_ms.',
    default: 5,
    minimum: 1,
  }),
  breaker_window_ms: option.ms({ doc: 'See breaker_failures.', default: 10_000 }),
  breaker_pause_ms: option.ms({
    doc: 'Pause before a trial call; it doubles with each failed trial.',
    default: 30_000,
  }),
  breaker_max_pause_ms: option.ms({ doc: 'The longest pause between trial calls.', default: 300_000 }),
};

export const MEDIAMTX_OPTIONS = options({ ...server, ...addresses, ...media, ...access, ...timing });

/** The options as code has them. */
export type Declared = CamelCased<OptionValue<typeof MEDIAMTX_OPTIONS>>;
