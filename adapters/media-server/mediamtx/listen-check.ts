/** Finds out that an address is taken before the server dies of it, so that the error can name the key to change. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { PortError } from '../../../ports/port-error.js';
import type { Settings } from './settings.js';

interface Listening {
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly udp?: boolean;
}

function listeners({ bindHost, ports, apiPort }: Settings): readonly Listening[] {
  return [
    { key: 'rtsp_port', host: bindHost, port: ports.rtsp },
    { key: 'webrtc_port', host: bindHost, port: ports.webrtc },
    { key: 'webrtc_udp_port', host: bindHost, port: ports.webrtcUdp, udp: true },
    { key: 'hls_port', host: bindHost, port: ports.hls },
    { key: 'api_port', host: '127.0.0.1', port: apiPort },
  ];
}

/** @throws PortError ADDRESS_IN_USE or ADDRESS_UNAVAILABLE, naming host, port and key. */
export async function checkListeners(settings: Settings): Promise<void> {
  for (const entry of listeners(settings)) {
    const code = await bindError(entry);
    if (code !== undefined) throw addressError(entry, code);
  }
}

/** Recognises the server's own words for a taken address. */
export function bindFailure(line: string, settings: Settings): PortError | undefined {
  const port = /listen (?:tcp|udp)\S* \S*:(\d+): bind: (address already in use|\S.*)/.exec(line);
  const entry = listeners(settings).find((candidate) => candidate.port === Number(port?.[1]));
  if (port === null || entry === undefined) return undefined;
  return addressError(
    entry,
    port[2]?.startsWith('address already') === true ? 'EADDRINUSE' : 'EADDRNOTAVAIL',
  );
}

function addressError({ key, host, port }: Listening, code: string): PortError {
  const shown = host === '' ? '*' : host;
  const taken = code === 'EADDRINUSE';
  return new PortError(taken ? 'ADDRESS_IN_USE' : 'ADDRESS_UNAVAILABLE', {
    message: `mediamtx.${key}: ${shown}:${port} ${taken ? 'is in use by another program' : `cannot be used (${code})`}`,
    retryable: taken,
    detail: { host: shown, port, key: `mediamtx.${key}`, reason: code },
  });
}

async function bindError(entry: Listening): Promise<string | undefined> {
  const code = await tryBind(entry, entry.host === '' ? '::' : entry.host);
  // A machine without IPv6 has no "::".
  const withoutIpv6 = entry.host === '' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL');
  return withoutIpv6 ? tryBind(entry, '0.0.0.0') : code;
}

function tryBind({ port, udp }: Listening, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? 'EUNKNOWN');
    if (udp === true) {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', (error) => socket.close(() => failed(error)));
      socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(undefined)));
      return;
    }
    const server = createServer();
    server.once('error', failed);
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
