/**
 * The codes that an adapter may fail with. A code is stable and never reused for something else; the message is
 * for people. Core decides by `code` alone, never by text or by class.
 */
export type PortErrorCode =
  /** The interface that announces devices cannot be opened here. */
  | 'SOURCE_UNAVAILABLE'
  /** The device was there and is gone (ENODEV, node removed). */
  | 'DEVICE_GONE'
  /** Another program streams from the device (EBUSY). `detail.holder` names it when it can be known. */
  | 'DEVICE_BUSY'
  /** The device may not be opened by this user (EACCES). */
  | 'DEVICE_FORBIDDEN'
  /** The device answers, but not in a way this adapter can use. `detail.reason` says why; `usb_bandwidth`: the USB bus is full. */
  | 'DEVICE_UNSUPPORTED'
  /** The device or stream was open and delivered no usable picture in time. */
  | 'NO_FRAME'
  /** A program this adapter needs is not installed. `detail.tool` names it, `detail.remedy` says what to type. */
  | 'TOOL_MISSING'
  /** A program this adapter ran failed. `detail.tail` holds the last lines it said. */
  | 'TOOL_FAILED'
  /** The media server does not answer, or the circuit breaker in front of it is open. */
  | 'MEDIA_SERVER_UNREACHABLE'
  /** The media server answered and refused. `detail.reason` carries its words. */
  | 'MEDIA_SERVER_REJECTED'
  /** The credential is of this provider's kind and is not valid. `detail.reason` is a stable word. */
  | 'CREDENTIALS_REFUSED'
  /** The credential was valid and is no longer. */
  | 'CREDENTIALS_EXPIRED'
  /** The provider that knows this kind of credential could not be started: nothing can be said about it now. */
  | 'CREDENTIALS_UNAVAILABLE'
  | 'FILE_NOT_FOUND'
  | 'FILE_EXISTS'
  /** The name is not a plain file name that this store accepts. `detail.rule` says which rule it broke. */
  | 'FILE_NAME_INVALID'
  /** No room left. `detail.availableBytes` and `detail.requiredBytes` when known. */
  | 'STORAGE_FULL'
  /** Any other failure of the disk. */
  | 'STORAGE_FAILED'
  /** A stored document exists and cannot be read as what was written. */
  | 'STATE_CORRUPT'
  /** The address to listen on is taken. `detail` has `host`, `port` and the configuration `key`. */
  | 'ADDRESS_IN_USE'
  /** The address to listen on cannot be bound for another reason. */
  | 'ADDRESS_UNAVAILABLE'
  /** An option given to an adapter's factory is wrong. `detail` has `option` and `rule`. */
  | 'OPTION_INVALID'
  /**
   * An adapter broke its contract: it threw something that is no port error, did not answer, or handed over something else than it
   * must. Made by the service, never thrown by an adapter. `detail` has `plugin`, `adapter` and `method`.
   */
  | 'ADAPTER_FAILED'
  /** The adapter was asked for something that its `supports` says it cannot do. */
  | 'UNSUPPORTED';

export interface PortErrorOptions {
  readonly message?: string;
  readonly cause?: unknown;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  /** Facts for the log and for the error's `data`. Never a secret, never a whole URL with credentials. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What every adapter throws. A programmer's mistake stays a plain `TypeError`. */
export class PortError extends Error {
  readonly code: PortErrorCode;
  readonly retryable: boolean;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(code: PortErrorCode, options: PortErrorOptions = {}) {
    super(options.message ?? code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PortError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.detail = options.detail ?? {};
  }
}

/**
 * Recognises a port error by its code, so that an error of a plugin's own copy of this package counts too.
 * @param code when given, the code it must have.
 */
export function isPortError(error: unknown, code?: PortErrorCode): error is PortError {
  if (!(error instanceof Error) || error.name !== 'PortError') return false;
  const found = (error as Partial<PortError>).code;
  return typeof found === 'string' && (code === undefined || found === code);
}
