/**
 * The error codes of adapters. A code is stable and never changes its meaning; the message is
 * for people. The core decides only by `code`, never by message or class.
 */
export type PortErrorCode =
  /** The interface that announces devices cannot be opened here. */
  | 'SOURCE_UNAVAILABLE'
  /** The device has been removed (ENODEV, device node deleted). */
  | 'DEVICE_GONE'
  /** Another program is streaming from the device (EBUSY). `detail.holder` names it, if known. */
  | 'DEVICE_BUSY'
  /** This user has no permission to open the device (EACCES). */
  | 'DEVICE_FORBIDDEN'
  /** The device responds, but this adapter cannot use it. `detail.reason` says why; `usb_bandwidth`: the USB bus has no bandwidth left. */
  | 'DEVICE_UNSUPPORTED'
  /** The device or stream was open but delivered no usable frame in time. */
  | 'NO_FRAME'
  /** A program this adapter needs is not installed. `detail.tool` names it, `detail.remedy` says how to install it. */
  | 'TOOL_MISSING'
  /** A program run by this adapter failed. `detail.tail` contains the last lines of its output. */
  | 'TOOL_FAILED'
  /** The media server does not respond, or its circuit breaker is open. */
  | 'MEDIA_SERVER_UNREACHABLE'
  /** The media server refused the request. `detail.reason` contains its message. */
  | 'MEDIA_SERVER_REJECTED'
  /** The credential is of this provider's kind but invalid. `detail.reason` is a stable identifier. */
  | 'CREDENTIALS_REFUSED'
  /** The credential was valid but has expired. */
  | 'CREDENTIALS_EXPIRED'
  /** The provider for this kind of credential could not be started, so the credential cannot be verified at the moment. */
  | 'CREDENTIALS_UNAVAILABLE'
  | 'FILE_NOT_FOUND'
  | 'FILE_EXISTS'
  /** The store does not accept the file name. `detail.rule` names the violated rule. */
  | 'FILE_NAME_INVALID'
  /** No space left. `detail.availableBytes` and `detail.requiredBytes` are set if known. */
  | 'STORAGE_FULL'
  /** Any other storage failure. */
  | 'STORAGE_FAILED'
  /** A stored document exists but its content is damaged. */
  | 'STATE_CORRUPT'
  /** The listening address is in use. `detail` contains `host`, `port` and the configuration `key`. */
  | 'ADDRESS_IN_USE'
  /** The listening address cannot be bound for another reason. */
  | 'ADDRESS_UNAVAILABLE'
  /** An option given to an adapter's factory is invalid. `detail` contains `option` and `rule`. */
  | 'OPTION_INVALID'
  /**
   * An adapter broke its contract: it threw something that is no port error, did not answer, or handed over something else than it
   * must. Made by the service, never thrown by an adapter. `detail` has `plugin`, `adapter` and `method`.
   */
  | 'ADAPTER_FAILED'
  /** The adapter does not support the operation, as declared in its `supports`. */
  | 'UNSUPPORTED';

export interface PortErrorOptions {
  readonly message?: string;
  readonly cause?: unknown;
  /** Whether the same call may succeed later without any intervention. */
  readonly retryable?: boolean;
  /** Additional data for the log and for the `data` of the error. Never contains secrets or URLs with credentials. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The error class of all adapters. Programming errors remain plain `TypeError`s. */
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
 * Recognises a port error by its name and code, so that errors from a plugin's own copy of this package are recognised, too.
 * @param code if given, the code that the error must have.
 */
export function isPortError(error: unknown, code?: PortErrorCode): error is PortError {
  if (!(error instanceof Error) || error.name !== 'PortError') return false;
  const found = (error as Partial<PortError>).code;
  return typeof found === 'string' && (code === undefined || found === code);
}
