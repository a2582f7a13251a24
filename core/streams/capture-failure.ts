import type { CaptureEnd, PortErrorCode } from '../../ports/index.js';
import { isPortError, PortError } from '../../ports/index.js';
import { USB_REMEDY } from '../errors/port-error-table.js';

export interface StreamEnd {
  readonly at: number;
  readonly end: Omit<CaptureEnd, 'reason'> & { readonly reason: CaptureEnd['reason'] | 'frozen' };
}

/** What people read of a camera that found no room on its USB bus. */
export const NO_BANDWIDTH = `no USB bandwidth is left: ${USB_REMEDY}`;

const REASONS: Readonly<Partial<Record<PortErrorCode, CaptureEnd['reason']>>> = {
  DEVICE_GONE: 'device_gone',
  DEVICE_BUSY: 'device_busy',
  TOOL_MISSING: 'tool_missing',
  MEDIA_SERVER_UNREACHABLE: 'publish_failed',
  MEDIA_SERVER_REJECTED: 'publish_failed',
};

/** A capture that could not even begin, as one that ended. */
export function asFailure(cause: unknown): CaptureEnd {
  const reason = isPortError(cause) ? REASONS[cause.code] : undefined;
  const message = cause instanceof Error ? cause.message : String(cause);
  return { reason: reason ?? 'failed', message, tail: [] };
}

/** A capture that ended, as the failure of whoever waited for its pictures. */
export function failureOf({ reason, message, holder }: StreamEnd['end']): PortError {
  if (reason === 'device_busy') return deviceBusy(holder);
  if (reason === 'device_gone') return new PortError('DEVICE_GONE', { message });
  if (reason !== 'no_bandwidth') return new PortError('NO_FRAME', { message });
  return new PortError('DEVICE_UNSUPPORTED', {
    message: NO_BANDWIDTH,
    retryable: true,
    detail: { reason: 'usb_bandwidth' },
  });
}

export function deviceBusy(holder: string | undefined): PortError {
  return new PortError('DEVICE_BUSY', {
    message: 'another program is using the camera',
    retryable: true,
    detail: holder === undefined ? {} : { holder },
  });
}

/** True when the USB bus had no room for the camera. */
export function lacksBandwidth(cause: unknown): boolean {
  return isPortError(cause, 'DEVICE_UNSUPPORTED') && cause.detail['reason'] === 'usb_bandwidth';
}
