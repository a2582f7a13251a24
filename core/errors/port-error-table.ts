import type { PortError, PortErrorCode } from '../../ports/port-error.js';
import type { ErrorCode, ErrorData } from './codes.js';

/** What a call was about. */
export interface ErrorContext {
  readonly device?: string;
  readonly filename?: string;
}

interface Mapped {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;
}
type Mapping = (error: PortError, context: ErrorContext) => Mapped;

const RETRY_AFTER_MS = 2000;

/** What helps a camera that finds no room on its USB bus. */
export const USB_REMEDY =
  'other cameras on the same USB bus use its bandwidth; choose a lower resolution, a lower frame rate, MJPEG, or another port';

/** One line per port code: the only place where a port's failure becomes a client's error. */
export const PORT_ERROR_TABLE: Readonly<Record<PortErrorCode, Mapping>> = {
  SOURCE_UNAVAILABLE: (e) => dependency(e, 'device-source', 'the device source cannot be opened'),
  DEVICE_GONE: () => to('INVALID_STATE', { state: 'DISCONNECTED', allowed_states: ['CONNECTED'] }),
  DEVICE_BUSY: (e, c) => to('DEVICE_BUSY', { device: c.device ?? word(e, 'device', ''), ...holder(e) }),
  DEVICE_FORBIDDEN: (e) => dependency(e, 'camera', 'the service has no permission to open the device'),
  DEVICE_UNSUPPORTED: (e) =>
    word(e, 'reason', '') === 'usb_bandwidth'
      ? dependency(e, 'usb-bus', `no USB bandwidth is left: ${USB_REMEDY}`)
      : to('UNSUPPORTED', { feature: 'camera', suggestion: 'this camera cannot be used in this way' }),
  NO_FRAME: (e) => dependency(e, 'camera', 'the camera delivered no frame in time'),
  TOOL_MISSING: (e) =>
    dependency(e, word(e, 'tool', 'tool'), word(e, 'remedy', 'a program is not installed')),
  TOOL_FAILED: (e) => dependency(e, word(e, 'tool', 'tool'), 'the program failed'),
  MEDIA_SERVER_UNREACHABLE: (e) => dependency(e, 'media-server', 'the media server does not respond'),
  MEDIA_SERVER_REJECTED: (e) => dependency(e, 'media-server', 'the media server refused the request'),
  CREDENTIALS_REFUSED: (e) => to('AUTH_FAILED', { reason: word(e, 'reason', 'refused') }),
  CREDENTIALS_EXPIRED: () => to('TOKEN_EXPIRED', { reason: 'token_expired' }),
  CREDENTIALS_UNAVAILABLE: (e) =>
    dependency(
      e,
      'auth-provider',
      'credentials of this kind cannot be verified at the moment; see health for the reason',
    ),
  FILE_NOT_FOUND: (e, c) => to('FILE_NOT_FOUND', { filename: c.filename ?? word(e, 'filename', '') }),
  FILE_EXISTS: () =>
    to('INVALID_PARAMS', { param: 'filename', rule: 'exists', hint: 'a file with this name already exists' }),
  FILE_NAME_INVALID: (e) =>
    to('INVALID_PARAMS', {
      param: 'filename',
      rule: word(e, 'rule', 'name'),
      hint: 'a file name without a path: at most 200 letters, digits, dots, hyphens and underscores',
    }),
  STORAGE_FULL: (e) =>
    to('STORAGE_FULL', {
      available_bytes: count(e, 'availableBytes'),
      required_bytes: count(e, 'requiredBytes'),
    }),
  STORAGE_FAILED: (e) => dependency(e, 'storage', 'a disk operation failed'),
  STATE_CORRUPT: (e) => dependency(e, 'storage', 'a stored document is damaged'),
  ADDRESS_IN_USE: () => to('INTERNAL', {}),
  ADDRESS_UNAVAILABLE: () => to('INTERNAL', {}),
  ADAPTER_FAILED: (e) =>
    dependency(e, word(e, 'adapter', 'plugin'), 'a plugin is not working correctly; see health for details'),
  OPTION_INVALID: () => to('INTERNAL', {}),
  UNSUPPORTED: (e) =>
    to('UNSUPPORTED', {
      feature: word(e, 'feature', 'operation'),
      suggestion: 'this installation does not support it',
    }),
};

function to<C extends ErrorCode>(code: C, data: ErrorData<C>): Mapped {
  return { code, data };
}

function dependency(error: PortError, name: string, detail: string): Mapped {
  const given = error.detail['retryAfterMs'];
  const wait = typeof given === 'number' ? given : RETRY_AFTER_MS;
  return to('DEPENDENCY_FAILED', {
    dependency: name,
    detail,
    ...(error.retryable ? { retry_after_ms: wait } : {}),
  });
}

function holder(error: PortError): { readonly holder?: string } {
  const name = error.detail['holder'];
  return typeof name === 'string' ? { holder: name } : {};
}

function word(error: PortError, key: string, otherwise: string): string {
  const value = error.detail[key];
  return typeof value === 'string' ? value : otherwise;
}

function count(error: PortError, key: string): number {
  const value = error.detail[key];
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.floor(value)) : 0;
}
