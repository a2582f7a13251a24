/** Offers MediaMTX as media server. */
import {
  createMediaMtxMediaServer,
  type MediaMtxOptions,
} from '../../adapters/media-server/mediamtx/mediamtx-media-server.js';
import { definePlugin, type AdapterContext } from '../api/index.js';

export default definePlugin({
  name: 'mediamtx',
  apiVersion: 1,
  setup(context) {
    context.provide('MediaServer', 'mediamtx', (adapter) =>
      createMediaMtxMediaServer(optionsOf(adapter), adapter),
    );
  },
});

/** The section's keys in the adapter's words. The schema has checked kinds and ranges. */
function optionsOf({ config, directories }: AdapterContext): MediaMtxOptions {
  const c = config as Section;
  return {
    mode: c.mode,
    binary: c.binary,
    runDir: directories.run,
    recordingsDir: (c.mode === 'external' && c.recordings_dir) || directories.recordings,
    external: { url: c.url, user: c.user, password: c.password, rtspHost: c.rtsp_host },
    bindHost: c.bind_host,
    api: { port: c.api_port },
    ports: { rtsp: c.rtsp_port, webrtc: c.webrtc_port, webrtcUdp: c.webrtc_udp_port, hls: c.hls_port },
    public: {
      host: c.public_host,
      rtsp: c.public_rtsp_port,
      webrtc: c.public_webrtc_port,
      hls: c.public_hls_port,
    },
    rtspTransports: c.rtsp_transports,
    hlsVariant: c.hls_variant,
    webrtcAdditionalHosts: c.webrtc_additional_hosts,
    recording: {
      partDurationMs: c.record_part_duration_ms,
      segmentDurationMs: c.record_segment_duration_ms,
      maxPartBytes: c.record_max_part_bytes,
    },
    viewerStartTimeoutMs: c.viewer_start_timeout_ms,
    auth: { host: c.auth_host, port: c.auth_port, secret: c.auth_secret, timeoutMs: c.auth_timeout_ms },
    timing: timingOf(c),
    breaker: {
      failures: c.breaker_failures,
      windowMs: c.breaker_window_ms,
      pauseMs: c.breaker_pause_ms,
      maxPauseMs: c.breaker_max_pause_ms,
    },
  };
}

function timingOf(c: Section): NonNullable<MediaMtxOptions['timing']> {
  return {
    startMs: c.start_timeout_ms,
    pollMs: c.poll_interval_ms,
    hungMs: c.hung_timeout_ms,
    requestMs: c.request_timeout_ms,
    callMs: c.call_timeout_ms,
  };
}

type Texts =
  'binary' | 'url' | 'user' | 'password' | 'rtsp_host' | 'recordings_dir' | 'bind_host' | 'public_host';
type Ports = `${'rtsp' | 'webrtc' | 'webrtc_udp' | 'hls' | 'api' | 'auth'}_port`;
type PublicPorts = `public_${'rtsp' | 'webrtc' | 'hls'}_port`;
type Durations = `${'start' | 'stop' | 'hung' | 'request' | 'call' | 'auth' | 'viewer_start'}_timeout_ms`;
type Breaker = `breaker_${'failures' | 'window_ms' | 'pause_ms' | 'max_pause_ms'}`;
type Recording = `record_${'part_duration_ms' | 'segment_duration_ms' | 'max_part_bytes'}`;

type Section = Readonly<Record<Texts | 'auth_host' | 'auth_secret', string>> &
  Readonly<Record<Ports | PublicPorts | Durations | Breaker | Recording | 'poll_interval_ms', number>> & {
    readonly mode: 'managed' | 'external';
    readonly hls_variant: 'lowLatency' | 'fmp4' | 'mpegts';
    readonly rtsp_transports: readonly ('tcp' | 'udp')[];
    readonly webrtc_additional_hosts: readonly string[];
  };
