/** Options of the MediaMTX adapter: what they are, their defaults, and what is wrong with them. */
import { PortError } from '../../../ports/port-error.js';
import type { BreakerOptions } from '../../_shared/http-client.js';

export interface MediaMtxOptions {
  /** `managed`: the server is spawned and supervised here. `external`: it runs elsewhere. Default `managed`. */
  readonly mode?: 'managed' | 'external';
  /** Folder that recordings are written to, as the server sees it. */
  readonly recordingsDir: string;
  /** Folder for the generated configuration and records of processes. */
  readonly runDir: string;
  /** The program; empty: `mediamtx` on the search path, then the per-user cache. */
  readonly binary?: string;
  readonly api?: { readonly port?: number };
  readonly external?: ExternalOptions;
  /** Where viewers connect. Empty host: all interfaces. */
  readonly bindHost?: string;
  readonly ports?: Partial<ViewerPorts>;
  /** What clients are told instead of the above, when a proxy or a container stands between. 0 or empty: the same. */
  readonly public?: { readonly host?: string } & Partial<Pick<ViewerPorts, 'rtsp' | 'webrtc' | 'hls'>>;
  readonly rtspTransports?: readonly ('tcp' | 'udp')[];
  readonly hlsVariant?: 'lowLatency' | 'fmp4' | 'mpegts';
  readonly webrtcAdditionalHosts?: readonly string[];
  readonly recording?: Partial<RecordingOptions>;
  readonly viewerStartTimeoutMs?: number;
  /** The callback by which the server asks who may see what. */
  readonly auth?: {
    readonly host?: string;
    readonly port?: number;
    readonly secret?: string;
    readonly timeoutMs?: number;
  };
  readonly timing?: Partial<Timing>;
  readonly breaker?: BreakerOptions;
}

export interface ExternalOptions {
  /** Base URL of the Control API, without credentials. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** Host of its RTSP listener as seen from this machine. Default: the host of `url`. */
  readonly rtspHost?: string;
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

export interface Timing {
  /** How long the first attempt may take to get ready. */
  readonly startMs: number;
  /** Pause between two looks whether the server is there, when nothing hints that it is not. */
  readonly pollMs: number;
  /** A managed server that does not answer for so long is killed and started again. */
  readonly hungMs: number;
  /** Pause before a restart: the first, and the longest. */
  readonly restartMinMs: number;
  readonly restartMaxMs: number;
  /** Running for so long makes the next restart quick again. */
  readonly stableMs: number;
  /** Bound of one try of an API call, and of a call with its repetitions. */
  readonly requestMs: number;
  readonly callMs: number;
}

export interface Settings {
  readonly mode: 'managed' | 'external';
  readonly recordingsDir: string;
  readonly runDir: string;
  readonly binary: string;
  readonly apiPort: number;
  readonly external: ExternalOptions;
  readonly bindHost: string;
  readonly ports: ViewerPorts;
  readonly public: { readonly host: string } & Pick<ViewerPorts, 'rtsp' | 'webrtc' | 'hls'>;
  readonly rtspTransports: readonly ('tcp' | 'udp')[];
  readonly hlsVariant: 'lowLatency' | 'fmp4' | 'mpegts';
  readonly webrtcAdditionalHosts: readonly string[];
  readonly recording: RecordingOptions;
  readonly viewerStartTimeoutMs: number;
  readonly auth: {
    readonly host: string;
    readonly port: number;
    readonly secret: string;
    readonly timeoutMs: number;
  };
  readonly timing: Timing;
  readonly breaker: BreakerOptions;
}

const DEFAULT_PORTS: ViewerPorts = { rtsp: 8554, webrtc: 8889, webrtcUdp: 8189, hls: 8888 };
const DEFAULT_RECORDING: RecordingOptions = {
  partDurationMs: 500,
  segmentDurationMs: 3_600_000,
  maxPartBytes: 50 * 1024 * 1024,
};
const DEFAULT_TIMING: Timing = {
  startMs: 10_000,
  pollMs: 5_000,
  hungMs: 15_000,
  restartMinMs: 200,
  restartMaxMs: 10_000,
  stableMs: 30_000,
  requestMs: 2_000,
  callMs: 4_000,
};
const DEFAULT_AUTH: Settings['auth'] = { host: '127.0.0.1', port: 0, secret: '', timeoutMs: 100 };
const DEFAULTS = {
  mode: 'managed',
  binary: '',
  external: { url: '' },
  bindHost: '',
  rtspTransports: ['tcp'],
  hlsVariant: 'lowLatency',
  webrtcAdditionalHosts: [],
  viewerStartTimeoutMs: 10_000,
  breaker: {},
} as const;
const LONGEST_SEGMENT_MS = 24 * 3_600_000;

/** @throws PortError OPTION_INVALID */
export function settingsOf(options: MediaMtxOptions): Settings {
  const ports = { ...DEFAULT_PORTS, ...options.ports };
  const { api, recording, auth, timing, public: shown, ...rest } = options;
  const settings: Settings = {
    ...DEFAULTS,
    ...rest,
    apiPort: api?.port ?? 9997,
    ports,
    public: {
      host: shown?.host ?? '',
      // 0 is the configuration's way of saying "the same".
      rtsp: shown?.rtsp || ports.rtsp,
      webrtc: shown?.webrtc || ports.webrtc,
      hls: shown?.hls || ports.hls,
    },
    recording: { ...DEFAULT_RECORDING, ...recording },
    auth: { ...DEFAULT_AUTH, ...auth },
    timing: { ...DEFAULT_TIMING, ...timing },
  };
  check(settings);
  return settings;
}

export function invalid(option: string, rule: string): PortError {
  return new PortError('OPTION_INVALID', { message: `${option}: ${rule}`, detail: { option, rule } });
}

function check(settings: Settings): void {
  const { ports, recording, rtspTransports } = settings;
  if (!settings.recordingsDir.startsWith('/') || settings.recordingsDir.includes('%')) {
    throw invalid('recordingsDir', 'must be an absolute path without a percent sign');
  }
  if (!settings.runDir.startsWith('/')) throw invalid('runDir', 'must be an absolute path');
  for (const [name, port] of Object.entries({ ...ports, api: settings.apiPort }))
    checkPort(`${name}_port`, port, 1);
  checkPort('auth_port', settings.auth.port, 0);
  const tcp = [
    ports.rtsp,
    ports.webrtc,
    ports.hls,
    ...(settings.mode === 'managed' ? [settings.apiPort] : []),
  ];
  if (new Set(tcp).size !== tcp.length) throw invalid('ports', 'must differ from each other');
  if (!rtspTransports.includes('tcp'))
    throw invalid('rtsp_transports', 'must include tcp, by which cameras publish');
  if (
    recording.segmentDurationMs > LONGEST_SEGMENT_MS ||
    recording.segmentDurationMs < recording.partDurationMs
  ) {
    throw invalid('record_segment_duration_ms', 'must be between the part duration and one day');
  }
  if (recording.partDurationMs < 50) throw invalid('record_part_duration_ms', 'must be 50 or more');
  if (settings.mode === 'external') checkExternal(settings);
}

function checkExternal({ external, auth }: Settings): void {
  const url = URL.canParse(external.url) ? new URL(external.url) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw invalid('url', 'must be an http or https URL');
  if (url.username !== '' || url.password !== '')
    throw invalid('url', 'must not hold credentials: use user and password');
  if (auth.secret !== '' && !/^[\w-]{16,}$/.test(auth.secret)) {
    throw invalid('auth_secret', 'must be 16 or more letters, digits, - or _');
  }
  if (auth.secret !== '' && auth.port === 0)
    throw invalid('auth_port', 'must be fixed for an external server');
}

function checkPort(option: string, port: number, least: number): void {
  if (!Number.isInteger(port) || port < least || port > 65_535) {
    throw invalid(option, `must be a port number from ${least} to 65535`);
  }
}
