/** Options of the MediaMTX adapter: what they are, their defaults, and what is wrong with them together. */
import { option, options, withDefaults, type CamelCased, type OptionValue } from '../../../ports/options.js';
import { PortError } from '../../../ports/port-error.js';
import type { BreakerOptions } from '../../_shared/http-client.js';

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

type Declared = CamelCased<OptionValue<typeof MEDIAMTX_OPTIONS>>;

export interface MediaMtxOptions extends Partial<Declared> {
  /** The folder of recordings on this machine, and the one for the generated configuration and records of processes. */
  readonly folders: { readonly recordings: string; readonly run: string };
  readonly restarts?: Partial<Restarts>;
}

interface Restarts {
  /** Pause before a restart: the first, and the longest. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Running for so long makes the next restart quick again. */
  readonly stableMs: number;
}

export interface ExternalOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly rtspHost: string;
}

export interface ViewerPorts {
  readonly rtsp: number;
  readonly webrtc: number;
  readonly webrtcUdp: number;
  readonly hls: number;
}

export interface RecordingOptions {
  readonly partDurationMs: number;
  readonly segmentDurationMs: number;
  readonly maxPartBytes: number;
}

/** The options as the parts of the adapter have them. */
export type Settings = ReturnType<typeof arrange>;

const RESTARTS: Restarts = { minMs: 200, maxMs: 10_000, stableMs: 30_000 };

/** @throws PortError OPTION_INVALID */
export function settingsOf({ folders, restarts, ...given }: MediaMtxOptions): Settings {
  const declared = withDefaults(MEDIAMTX_OPTIONS, given);
  const settings = arrange(declared, folders, { ...RESTARTS, ...restarts });
  if (!settings.recordingsDir.startsWith('/') || settings.recordingsDir.includes('%'))
    throw invalid('recordings_dir', 'must be an absolute path without a percent sign');
  const [fault] = faultsOf(declared);
  if (fault !== undefined) throw invalid(fault.option, fault.rule);
  return settings;
}

/** What the options do wrong together. Each by itself is checked by the service. */
export function faultsOf(o: Declared): { readonly option: string; readonly rule: string }[] {
  const ports = { rtsp: o.rtspPort, webrtc: o.webrtcPort, hls: o.hlsPort };
  const tcp = Object.entries(o.mode === 'managed' ? { ...ports, api: o.apiPort } : ports);
  const shared = tcp.filter(([, port], index) => tcp.some(([, other], at) => at < index && other === port));
  return [
    ...shared.map(([name]) => ({ option: `${name}_port`, rule: 'must differ from the other TCP ports' })),
    ...(o.rtspTransports.includes('tcp')
      ? []
      : [{ option: 'rtsp_transports', rule: 'must include tcp, by which cameras publish' }]),
    ...(o.recordSegmentDurationMs >= o.recordPartDurationMs
      ? []
      : [{ option: 'record_segment_duration_ms', rule: 'must be at least record_part_duration_ms' }]),
    ...(o.mode === 'external' ? faultsOfExternal(o) : []),
  ];
}

function faultsOfExternal({ url, authSecret, authPort }: Declared): { option: string; rule: string }[] {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isHttp = parsed?.protocol === 'http:' || parsed?.protocol === 'https:';
  return [
    ...(isHttp ? [] : [{ option: 'url', rule: 'must be an http or https URL' }]),
    ...(isHttp && (parsed.username !== '' || parsed.password !== '')
      ? [{ option: 'url', rule: 'must not hold credentials: use user and password' }]
      : []),
    ...(authSecret !== '' && authPort === 0
      ? [{ option: 'auth_port', rule: 'must be fixed for an external server' }]
      : []),
  ];
}

function arrange(o: Declared, folders: MediaMtxOptions['folders'], restarts: Restarts) {
  return {
    mode: o.mode,
    recordingsDir: (o.mode === 'external' && o.recordingsDir) || folders.recordings,
    runDir: folders.run,
    binary: o.binary,
    apiPort: o.apiPort,
    external: { url: o.url, user: o.user, password: o.password, rtspHost: o.rtspHost },
    bindHost: o.bindHost,
    ports: { rtsp: o.rtspPort, webrtc: o.webrtcPort, webrtcUdp: o.webrtcUdpPort, hls: o.hlsPort },
    public: {
      host: o.publicHost,
      // 0 is the configuration's way of saying "the same".
      rtsp: o.publicRtspPort || o.rtspPort,
      webrtc: o.publicWebrtcPort || o.webrtcPort,
      hls: o.publicHlsPort || o.hlsPort,
    },
    rtspTransports: o.rtspTransports,
    hlsVariant: o.hlsVariant,
    webrtcAdditionalHosts: o.webrtcAdditionalHosts,
    recording: {
      partDurationMs: o.recordPartDurationMs,
      segmentDurationMs: o.recordSegmentDurationMs,
      maxPartBytes: o.recordMaxPartBytes,
    } satisfies RecordingOptions,
    viewerStartTimeoutMs: o.viewerStartTimeoutMs,
    auth: { host: o.authHost, port: o.authPort, secret: o.authSecret, timeoutMs: o.authTimeoutMs },
    timing: timingOf(o, restarts),
    breaker: {
      failures: o.breakerFailures,
      windowMs: o.breakerWindowMs,
      pauseMs: o.breakerPauseMs,
      maxPauseMs: o.breakerMaxPauseMs,
    } satisfies BreakerOptions,
  };
}

function timingOf(o: Declared, restarts: Restarts) {
  return {
    startMs: o.startTimeoutMs,
    pollMs: o.pollIntervalMs,
    hungMs: o.hungTimeoutMs,
    requestMs: o.requestTimeoutMs,
    callMs: o.callTimeoutMs,
    restartMinMs: restarts.minMs,
    restartMaxMs: restarts.maxMs,
    stableMs: restarts.stableMs,
  };
}

export function invalid(option: string, rule: string): PortError {
  return new PortError('OPTION_INVALID', { message: `${option}: ${rule}`, detail: { option, rule } });
}
