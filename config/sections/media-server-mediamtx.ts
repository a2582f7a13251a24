/** Options of the MediaMTX media server. */
export const mediamtxSection = {
  mode: {
    doc: 'managed: the service runs its own MediaMTX. external: it uses one that runs elsewhere.',
    format: ['managed', 'external'] as const,
    default: 'managed',
  },
  binary: {
    doc: 'The MediaMTX program. Empty: "mediamtx" on the search path, then the one the set-up fetched.',
    format: String,
    default: '',
    alias: 'MEDIAMTX_BIN',
  },
  url: {
    doc: 'External mode: base URL of the Control API, without credentials.',
    format: String,
    default: '',
  },
  user: { doc: 'External mode: user of the Control API.', format: String, default: '' },
  password: {
    doc: 'External mode: password of the Control API.',
    format: String,
    default: '',
    sensitive: true,
  },
  rtsp_host: {
    doc: 'External mode: host of its RTSP listener, seen from here. Empty: the host of "url".',
    format: String,
    default: '',
  },
  recordings_dir: {
    doc: 'External mode: the recordings folder as MediaMTX sees it. Empty: the same path as here.',
    format: String,
    default: '',
  },
  bind_host: {
    doc: 'Address on which viewers are served (RTSP, WebRTC, HLS). Empty: all interfaces.',
    format: String,
    default: '',
  },
  rtsp_port: { doc: 'TCP port of RTSP.', format: 'port', default: 8554 },
  webrtc_port: {
    doc: 'TCP port of WebRTC signalling (WHEP and the viewing page).',
    format: 'port',
    default: 8889,
  },
  webrtc_udp_port: { doc: 'UDP port of WebRTC media.', format: 'port', default: 8189 },
  hls_port: { doc: 'TCP port of HLS.', format: 'port', default: 8888 },
  api_port: { doc: 'TCP port of the Control API, on 127.0.0.1 only.', format: 'port', default: 9997 },
  public_host: {
    doc: 'Host name in URLs for viewers. Empty: the name by which the client reached the service.',
    format: String,
    default: '',
  },
  public_rtsp_port: {
    doc: 'RTSP port in URLs for viewers. 0: the same as rtsp_port.',
    format: 'port',
    default: 0,
  },
  public_webrtc_port: {
    doc: 'WebRTC port in URLs for viewers. 0: the same as webrtc_port.',
    format: 'port',
    default: 0,
  },
  public_hls_port: {
    doc: 'HLS port in URLs for viewers. 0: the same as hls_port.',
    format: 'port',
    default: 0,
  },
  rtsp_transports: {
    doc: 'Transports offered to RTSP viewers: tcp, udp. Cameras publish by tcp, which must be among them.',
    format: Array,
    default: ['tcp'] as string[],
  },
  hls_variant: {
    doc: 'lowLatency: about 1 s behind. fmp4: ordinary HLS. mpegts: for old players, and the only one that carries KLV.',
    format: ['lowLatency', 'fmp4', 'mpegts'] as const,
    default: 'lowLatency',
  },
  webrtc_additional_hosts: {
    doc: 'Further addresses at which WebRTC viewers can reach this machine, such as a public one.',
    format: Array,
    default: [] as string[],
  },
  record_part_duration_ms: {
    doc: 'Length of a part of an fMP4 recording: what a crash can cost, and how long the first bytes take.',
    format: 'nat',
    default: 500,
  },
  record_max_part_bytes: { doc: 'Largest part of a recording.', format: 'nat', default: 52_428_800 },
  record_segment_duration_ms: {
    doc: 'A recording goes on in a further file after this time.',
    format: 'nat',
    default: 3_600_000,
  },
  viewer_start_timeout_ms: {
    doc: 'How long the viewer of an idle camera is held until pictures come.',
    format: 'nat',
    default: 10_000,
  },
  auth_host: {
    doc: 'Address on which MediaMTX asks the service who may watch.',
    format: String,
    default: '127.0.0.1',
  },
  auth_port: {
    doc: 'TCP port of the same. 0: any free one (managed mode only).',
    format: 'port',
    default: 0,
  },
  auth_secret: {
    doc: 'External mode: the last part of the address that MediaMTX asks, authHTTPAddress: http://<auth_host>:<auth_port>/<auth_secret>. Empty: it does not ask.',
    format: String,
    default: '',
    sensitive: true,
  },
  auth_timeout_ms: {
    doc: 'A viewer who is not allowed within this time is refused.',
    format: 'nat',
    default: 100,
  },
  start_timeout_ms: { doc: 'How long MediaMTX may take to get ready.', format: 'nat', default: 10_000 },
  poll_interval_ms: {
    doc: 'Pause between two looks whether MediaMTX answers. Its end is noticed by the end of its connection or process, and while it does not answer it is asked every second.',
    format: 'nat',
    default: 5_000,
  },
  hung_timeout_ms: {
    doc: 'A managed MediaMTX that does not answer for so long is killed and started again.',
    format: 'nat',
    default: 15_000,
  },
  request_timeout_ms: { doc: 'Bound of one try of an API call.', format: 'nat', default: 2_000 },
  call_timeout_ms: { doc: 'Bound of an API call with its repetitions.', format: 'nat', default: 4_000 },
  breaker_failures: {
    doc: 'So many failed API calls within breaker_window_ms stop further calls for breaker_pause_ms.',
    format: 'nat',
    default: 5,
  },
  breaker_window_ms: { doc: 'See breaker_failures.', format: 'nat', default: 10_000 },
  breaker_pause_ms: {
    doc: 'Pause before a trial call; it doubles with each failed trial.',
    format: 'nat',
    default: 30_000,
  },
  breaker_max_pause_ms: { doc: 'The longest pause between trial calls.', format: 'nat', default: 300_000 },
} as const;
