/** Hosts and ports in the forms that the server, this machine and viewers need. */
import type { Settings } from './settings.js';

/** `host:port`, with brackets around IPv6; an empty host stays empty and means all interfaces. */
export function hostPort(host: string, port: number): string {
  return `${bracketed(host)}:${port}`;
}

/** The host by which this machine reaches the server's RTSP listener. */
export function localRtspHost({ mode, bindHost, external }: Settings): string {
  if (mode === 'external') return external.rtspHost || new URL(external.url).hostname;
  return bindHost === '' || bindHost === '0.0.0.0' || bindHost === '::' ? '127.0.0.1' : bindHost;
}

export function viewerUrls(
  settings: Settings,
  name: string,
  host: string,
): { readonly rtsp: string; readonly webrtc: string; readonly hls: string } {
  const { rtsp, webrtc, hls, host: publicHost } = settings.public;
  const shown = publicHost || host;
  const path = encodeURIComponent(name);
  return {
    rtsp: `rtsp://${hostPort(shown, rtsp)}/${path}`,
    webrtc: `http://${hostPort(shown, webrtc)}/${path}/`,
    hls: `http://${hostPort(shown, hls)}/${path}/index.m3u8`,
  };
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
