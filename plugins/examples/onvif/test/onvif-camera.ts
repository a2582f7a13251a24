/** A camera that speaks ONVIF as real ones do: WS-Discovery by multicast, and its services by SOAP with a checked login. */
import { createHash, randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GROUP, PORT } from '../src/discovery-messages.js';

export const LOGIN = { username: 'viewer', password: 'top&secret' };
/** Its clock is wrong, as many are. */
export const SKEW_MS = 67 * 60_000;

const HOST = '127.0.0.1';
const FRESH_MS = 60_000;
const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';

export interface CameraOptions {
  readonly streamUrl?: () => string;
  /** In place of its own address. */
  readonly announced?: string;
  /** In place of the address of its media service. */
  readonly media?: string;
  /** Changes an answer. */
  readonly twist?: (answer: string, method: string) => string;
}

export class OnvifCamera {
  readonly endpoint = `urn:uuid:${randomUUID()}`;
  readonly serial: string;
  /** The methods that were called, and whether the login was right. */
  readonly calls: string[] = [];
  password = LOGIN.password;
  isMute = false;
  readonly #options: CameraOptions;
  #http: Server | undefined;
  #udp: Socket | undefined;

  constructor(serial: string, options: CameraOptions = {}) {
    this.serial = serial;
    this.#options = options;
  }

  get address(): string {
    const { port } = this.#http?.address() as AddressInfo;
    return this.#options.announced ?? `http://${HOST}:${String(port)}/onvif/device_service`;
  }

  async plug(): Promise<void> {
    this.#http = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { status, text } = this.#answer(Buffer.concat(chunks).toString());
        response.writeHead(status, { 'content-type': 'application/soap+xml' }).end(text);
      });
    }).listen(0, HOST);
    await once(this.#http, 'listening');
    this.#udp = createSocket({ type: 'udp4', reuseAddr: true });
    this.#udp.on('message', (message, from) => {
      const id = /<w:MessageID>([^<]+)</.exec(message.toString())?.[1];
      if (this.isMute || id === undefined || !message.includes('/Probe<')) return;
      this.send(this.#match(id), from.port, from.address);
    });
    this.#udp.bind(PORT, GROUP);
    await once(this.#udp, 'listening');
    this.#udp.addMembership(GROUP, HOST);
    this.#udp.setMulticastInterface(HOST);
    this.send(envelope(`<d:Hello>${this.#about()}</d:Hello>`, 'Hello'));
  }

  /** @param isPolite says goodbye. */
  async unplug(isPolite = true): Promise<void> {
    const [udp, http] = [this.#udp, this.#http];
    this.#udp = this.#http = undefined;
    if (udp === undefined || http === undefined) return;
    const end = `<d:Bye><a:EndpointReference><a:Address>${this.endpoint}</a:Address></a:EndpointReference></d:Bye>`;
    await new Promise((resolve) =>
      isPolite ? udp.send(envelope(end, 'Bye'), PORT, GROUP, resolve) : resolve(undefined),
    );
    udp.close();
    http.close();
    http.closeAllConnections();
  }

  send(text: string, port = PORT, address = GROUP): void {
    this.#udp?.send(text, port, address);
  }

  #match(id: string): string {
    const match = `<d:ProbeMatches><d:ProbeMatch>${this.#about()}</d:ProbeMatch></d:ProbeMatches>`;
    return envelope(match, 'ProbeMatches', `<a:RelatesTo>${id}</a:RelatesTo>`);
  }

  #about(): string {
    return `<a:EndpointReference><a:Address>${this.endpoint}</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>onvif://www.onvif.org/name/Test</d:Scopes><d:XAddrs>http://[fe80::1]/onvif/device_service ${this.address}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>`;
  }

  #answer(text: string): { readonly status: number; readonly text: string } {
    const method = /<s:Body><(\w+)/.exec(text)?.[1] ?? '';
    const isAllowed = method === 'GetSystemDateAndTime' || this.#isLogin(text);
    this.calls.push(`${method}${isAllowed ? '' : ' refused'}`);
    const { twist = (answer) => answer } = this.#options;
    if (!isAllowed) return { status: 400, text: soap(NOT_AUTHORIZED) };
    return { status: 200, text: twist(soap(this.#body(method)), method) };
  }

  /** WS-Security UsernameToken Profile 1.0, computed anew and not by the code that is tested. */
  #isLogin(text: string): boolean {
    const inside = (name: string): string =>
      new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)<`).exec(text)?.[1] ?? '';
    const created = inside('Created');
    const digest = createHash('sha1')
      .update(Buffer.concat([Buffer.from(inside('Nonce'), 'base64'), Buffer.from(created + this.password)]))
      .digest('base64');
    const age = Math.abs(Date.now() + SKEW_MS - Date.parse(created));
    return inside('Username') === LOGIN.username && digest === inside('Password') && age < FRESH_MS;
  }

  #body(method: string): string {
    const { media = this.address, streamUrl = () => `rtsp://${HOST}/stream?a=1&amp;b=2` } = this.#options;
    const now = new Date(Date.now() + SKEW_MS);
    const part = (name: string, value: number): string => `<tt:${name}>${String(value)}</tt:${name}>`;
    const date = `${part('Year', now.getUTCFullYear())}${part('Month', now.getUTCMonth() + 1)}${part('Day', now.getUTCDate())}`;
    const time = `${part('Hour', now.getUTCHours())}${part('Minute', now.getUTCMinutes())}${part('Second', now.getUTCSeconds())}`;
    const bodies: Readonly<Record<string, string>> = {
      GetSystemDateAndTime: `<tds:SystemDateAndTime><tt:UTCDateTime><tt:Time>${time}</tt:Time><tt:Date>${date}</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime>`,
      GetDeviceInformation: `<tds:Manufacturer>Acme</tds:Manufacturer><tds:Model>Dome &amp; 1</tds:Model><tds:SerialNumber>${this.serial}</tds:SerialNumber>`,
      GetCapabilities: `<tds:Capabilities><tt:Media><tt:XAddr>${media}</tt:XAddr></tt:Media></tds:Capabilities>`,
      GetProfiles: `${profile('sub', 160, 120)}${profile('main', 320, 240)}`,
      GetStreamUri: `<trt:MediaUri><tt:Uri>${streamUrl()}</tt:Uri></trt:MediaUri>`,
    };
    return `<tds:${method}Response>${bodies[method] ?? ''}</tds:${method}Response>`;
  }
}

function profile(token: string, width: number, height: number): string {
  return `<trt:Profiles token="${token}" fixed="true"><tt:Name>${token}</tt:Name><tt:VideoEncoderConfiguration token="e"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${String(width)}</tt:Width><tt:Height>${String(height)}</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>10</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>`;
}

const NOT_AUTHORIZED =
  '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">Sender not authorized</s:Text></s:Reason></s:Fault>';

function soap(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>${body}</s:Body></s:Envelope>`;
}

function envelope(body: string, action: string, header = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="${DISCOVERY}" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header><a:MessageID>urn:uuid:${randomUUID()}</a:MessageID>${header}<a:Action>${DISCOVERY}/${action}</a:Action></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}
