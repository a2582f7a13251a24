/** The configuration file of a managed server. Written as JSON, which is YAML as well. */
import { hostPort } from './addresses.js';
import type { Settings } from './options.js';

export function serverConfig(settings: Settings, authUrl: string): string {
  const { bindHost, ports } = settings;
  return JSON.stringify(
    {
      logLevel: 'info',
      logStructured: true,
      api: true,
      apiAddress: hostPort('127.0.0.1', settings.apiPort),
      authMethod: 'http',
      authHTTPAddress: authUrl,
      // Excluded actions are not authenticated at all, and the API runs commands: nothing is excluded.
      authHTTPExclude: [],
      rtspAddress: hostPort(bindHost, ports.rtsp),
      rtspTransports: settings.rtspTransports,
      webrtcAddress: hostPort(bindHost, ports.webrtc),
      webrtcLocalUDPAddress: hostPort(bindHost, ports.webrtcUdp),
      webrtcAdditionalHosts: settings.webrtcAdditionalHosts,
      hlsAddress: hostPort(bindHost, ports.hls),
      hlsVariant: settings.hlsVariant,
      hlsAlwaysRemux: false,
      rtmp: false,
      srt: false,
      moq: false,
      playback: false,
      metrics: false,
      pprof: false,
      // No catch-all: a name that was never configured is refused.
      paths: {},
    },
    undefined,
    2,
  );
}
