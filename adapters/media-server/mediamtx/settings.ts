/** The options as the parts of the adapter have them, and what is wrong with them together. */
import { withDefaults } from '../../../ports/options.js';
import { PortError } from '../../../ports/port-error.js';
import type { BreakerOptions } from '../../_shared/http-client.js';
import { MEDIAMTX_OPTIONS, type Declared } from './options.js';

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
      : [{ option: 'rtsp_transports', rule: 'must include tcp, which cameras use to publish' }]),
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
      ? [{ option: 'url', rule: 'must not contain credentials: use user and password' }]
      : []),
    ...(authSecret !== '' && authPort === 0
      ? [{ option: 'auth_port', rule: 'must be set explicitly for an external server' }]
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
