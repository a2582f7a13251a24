/** What a camera says of itself, and where its stream is. */
import { PortError } from 'mediamtx-camera-service/plugin-api';
import { callCamera, type Login } from './soap.js';
import { escapeXml, nodeAt, nodesIn, textAt, type XmlNode } from './xml.js';

export interface DeviceFacts {
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  /** Without credentials. */
  readonly streamUrl: URL;
  readonly width: number;
  readonly height: number;
  /** 0 when it is not known. */
  readonly fps: number;
}

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const MEDIA = 'http://www.onvif.org/ver10/media/wsdl';
const SCHEMA = 'http://www.onvif.org/ver10/schema';
const MAX_WORDS = 64;

export interface Asked {
  /** Its device service. */
  readonly url: URL;
  readonly login?: Login | undefined;
  readonly nowMs: () => number;
}

/** @throws PortError as `callCamera`, `DEVICE_UNSUPPORTED` for a camera without a stream, and for one that names another host. */
export async function askDevice(asked: Asked, signal: AbortSignal): Promise<DeviceFacts> {
  const { url, login, nowMs } = asked;
  const skewMs = await clockDifference(asked, signal);
  const ask = (to: URL, body: string): Promise<XmlNode> =>
    callCamera({ url: to, body, login, nowMs: nowMs() + skewMs }, signal);
  const about = nodeAt(
    await ask(url, `<GetDeviceInformation xmlns="${DEVICE}"/>`),
    'GetDeviceInformationResponse',
  );
  const media = await mediaService(url, ask);
  const profiles = nodesIn(
    nodeAt(await ask(media, `<GetProfiles xmlns="${MEDIA}"/>`), 'GetProfilesResponse'),
    'Profiles',
  );
  const profile = largest(profiles.map(readProfile));
  if (profile === undefined) throw unsupported('it has no profile with a video encoder');
  const body = `<GetStreamUri xmlns="${MEDIA}"><StreamSetup><Stream xmlns="${SCHEMA}">RTP-Unicast</Stream><Transport xmlns="${SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>${escapeXml(profile.token)}</ProfileToken></GetStreamUri>`;
  const uri = textAt(await ask(media, body), 'GetStreamUriResponse', 'MediaUri', 'Uri');
  const { width, height, fps } = profile;
  return {
    ...{ manufacturer: wordsAt(about, 'Manufacturer'), model: wordsAt(about, 'Model') },
    serial: wordsAt(about, 'SerialNumber'),
    streamUrl: sameHost(uri, url, ['rtsp:']),
    ...{ width, height, fps },
  };
}

/** ONVIF cameras check when a login was made, and their clocks are often wrong. */
async function clockDifference({ url, nowMs }: Asked, signal: AbortSignal): Promise<number> {
  const body = `<GetSystemDateAndTime xmlns="${DEVICE}"/>`;
  try {
    const answer = await callCamera({ url, body, nowMs: nowMs() }, signal);
    const utc = nodeAt(answer, 'GetSystemDateAndTimeResponse', 'SystemDateAndTime', 'UTCDateTime');
    const number = (...path: readonly string[]): number => Number(textAt(utc, ...path) || NaN);
    const date = [number('Date', 'Year'), number('Date', 'Month') - 1, number('Date', 'Day')] as const;
    const time = [number('Time', 'Hour'), number('Time', 'Minute'), number('Time', 'Second')] as const;
    const theirs = Date.UTC(...date, ...time);
    return Number.isFinite(theirs) ? theirs - nowMs() : 0;
  } catch (cause) {
    // A few want a login for this too; then the clocks had better agree.
    if (cause instanceof PortError && cause.code !== 'DEVICE_GONE') return 0;
    throw cause;
  }
}

async function mediaService(url: URL, ask: (to: URL, body: string) => Promise<XmlNode>): Promise<URL> {
  const body = `<GetCapabilities xmlns="${DEVICE}"><Category>Media</Category></GetCapabilities>`;
  const answer = await ask(url, body);
  const address = textAt(answer, 'GetCapabilitiesResponse', 'Capabilities', 'Media', 'XAddr');
  return sameHost(address, url, ['http:', 'https:']);
}

/** A camera may not send the service to anybody else. @throws PortError `DEVICE_UNSUPPORTED`. */
export function sameHost(address: string, camera: URL, protocols: readonly string[]): URL {
  const found = URL.canParse(address) ? new URL(address) : undefined;
  if (found === undefined || !protocols.includes(found.protocol))
    throw unsupported('it names no address that can be used');
  if (found.hostname !== camera.hostname) throw unsupported('it names the address of another host');
  found.username = found.password = found.hash = '';
  return found;
}

interface Profile {
  readonly token: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

function readProfile(node: XmlNode): Profile {
  const encoder = nodeAt(node, 'VideoEncoderConfiguration');
  return {
    token: textAt(node, '@token'),
    width: sizeAt(encoder, 'Resolution', 'Width'),
    height: sizeAt(encoder, 'Resolution', 'Height'),
    fps: sizeAt(encoder, 'RateControl', 'FrameRateLimit'),
  };
}

function sizeAt(node: XmlNode, ...path: readonly string[]): number {
  const number = Number(textAt(node, ...path));
  return Number.isSafeInteger(number) && number > 0 && number < 65_536 ? number : 0;
}

function largest(profiles: readonly Profile[]): Profile | undefined {
  return profiles
    .filter(({ token, width, height }) => token !== '' && width > 0 && height > 0)
    .sort((one, other) => other.width * other.height - one.width * one.height)[0];
}

/** Written by the camera, shown to people. */
function wordsAt(node: XmlNode, name: string): string {
  return textAt(node, name)
    .replaceAll(/[^\p{L}\p{N} ._:/()+-]/gu, '')
    .slice(0, MAX_WORDS)
    .trim();
}

function unsupported(message: string): PortError {
  return new PortError('DEVICE_UNSUPPORTED', { message });
}
