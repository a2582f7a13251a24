/** A camera's address. It travels as the locator of a source, so that probe, grabber and capture need no settings of their own. */
import { PortError, type SourceDescriptor } from 'mediamtx-camera-service/plugin-api';

/** The kind of camera that all adapters of this package have in common. */
export const KIND = 'mjpeg-http';

export interface CameraSettings {
  readonly name: string;
  /** Without credentials. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly allow_self_signed?: boolean;
}

export interface Target {
  /** Without credentials. */
  readonly url: URL;
  readonly login?: { readonly username: string; readonly password: string };
  readonly isTlsVerified: boolean;
}

const UNVERIFIED = '#unverified';

/** Credentials are put where programs that hide secrets look for them. */
export function locatorOf({ url, username = '', password = '', allow_self_signed }: CameraSettings): string {
  const address = new URL(url);
  address.username = encodeURIComponent(username);
  address.password = encodeURIComponent(password);
  address.hash = allow_self_signed === true ? UNVERIFIED : '';
  return address.href;
}

/** @throws PortError `DEVICE_UNSUPPORTED` for a source of another kind. */
export function targetOf({ kind, locator }: SourceDescriptor): Target {
  if (kind !== KIND || !URL.canParse(locator))
    throw new PortError('DEVICE_UNSUPPORTED', { message: `not a camera of the kind ${KIND}: ${kind}` });
  const url = new URL(locator);
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const isTlsVerified = url.hash !== UNVERIFIED;
  url.username = url.password = url.hash = '';
  return { url, isTlsVerified, ...(username === '' ? {} : { login: { username, password } }) };
}

/** For messages: without the query, where some cameras have their passwords. */
export function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
