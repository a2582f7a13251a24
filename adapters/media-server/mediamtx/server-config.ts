/** The configuration file of a managed server. Written as JSON, which is YAML as well. */
import { hostPort } from './addresses.js';
import type { Settings } from './settings.js';

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
      // The first picture waits for the first segment. Later ones are as long as the keyframes are apart.
      hlsSegmentDuration: '500ms',
      rtmp: false,
      srt: false,
      moq: false,
      playback: false,
      metrics: false,
      pprof: false,
      // Without a catch-all an unknown name is refused before anybody asks who wants to know, and so tells which cameras there are.
      // The gate admits nobody to a name that it does not know.
      paths: { all_others: {} },
    },
    undefined,
    2,
  );
}
