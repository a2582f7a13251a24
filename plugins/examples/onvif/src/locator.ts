/** A camera's stream. It travels as the locator of a source, so that probe, grabber and capture need no settings of their own. */
import { PortError, type SourceDescriptor } from 'mediamtx-camera-service/plugin-api';
import type { DeviceFacts } from './device.js';
import type { Login } from './soap.js';

/** The kind of camera that all adapters of this package have in common. */
export const KIND = 'onvif';

export interface StreamTarget {
  /** With credentials: for no message and no argument. */
  readonly url: string;
  /** Without them. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

const RTSP_PORT = 554;

/** Credentials are put where programs that hide secrets look for them. */
export function locatorOf(
  { streamUrl, width, height, fps }: Pick<DeviceFacts, 'streamUrl' | 'width' | 'height' | 'fps'>,
  login: Login | undefined,
): string {
  const url = new URL(streamUrl);
  url.username = encodeURIComponent(login?.username ?? '');
  url.password = encodeURIComponent(login?.password ?? '');
  url.hash = `${String(width)}x${String(height)}@${String(fps)}`;
  return url.href;
}

/** @throws PortError `DEVICE_UNSUPPORTED` for a source of another kind. */
export function targetOf({ kind, locator }: SourceDescriptor): StreamTarget {
  const url = kind === KIND && URL.canParse(locator) ? new URL(locator) : undefined;
  const size = /^#(\d+)x(\d+)@(\d+)$/.exec(url?.hash ?? '');
  if (url?.protocol !== 'rtsp:' || size === null)
    throw new PortError('DEVICE_UNSUPPORTED', { message: `not a camera of the kind ${KIND}: ${kind}` });
  const [width = 0, height = 0, fps = 0] = size.slice(1).map(Number);
  url.hash = '';
  const plain = new URL(url);
  plain.username = plain.password = plain.search = '';
  const port = url.port === '' ? RTSP_PORT : Number(url.port);
  return { url: url.href, shown: plain.href, host: url.hostname, port, width, height, fps };
}
