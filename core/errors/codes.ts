/**
 * Every error that a client can get. A code is stable and never used again for something else; messages are for people
 * and may change. `data` names the further fields of an error's data and their types; a `?` marks one that may be absent.
 */
export type FieldType = 'string' | 'string?' | 'integer' | 'integer?' | 'string[]';

export interface ErrorSpec {
  readonly rpcCode: number;
  readonly message: string;
  readonly when: string;
  readonly data: Readonly<Record<string, FieldType>>;
}

export const ERROR_CODES = {
  PARSE_ERROR: {
    rpcCode: -32700,
    message: 'Parse error',
    when: 'The message is not JSON.',
    data: { hint: 'string?' },
  },
  INVALID_REQUEST: {
    rpcCode: -32600,
    message: 'Invalid Request',
    when: 'The JSON is not a JSON-RPC 2.0 request, or a batch is empty or too long.',
    data: { hint: 'string?' },
  },
  METHOD_NOT_FOUND: {
    rpcCode: -32601,
    message: 'Method not found',
    when: 'There is no method with this name.',
    data: { hint: 'string?' },
  },
  INVALID_PARAMS: {
    rpcCode: -32602,
    message: 'Invalid params',
    when: 'A parameter is missing, unknown or violates its rule; `param` names it.',
    data: { param: 'string', rule: 'string', hint: 'string' },
  },
  INTERNAL: {
    rpcCode: -32603,
    message: 'Internal error',
    when: 'An internal error of the service; the log contains the details under the `request_id`.',
    data: {},
  },
  CAMERA_NOT_FOUND: {
    rpcCode: -32000,
    message: 'Camera not found',
    when: 'The camera does not exist or is not visible to the caller.',
    data: { device: 'string', available_devices: 'string[]' },
  },
  AUTH_REQUIRED: {
    rpcCode: -32001,
    message: 'Authentication required',
    when: 'The method requires a login, and the caller has presented no credential.',
    data: { reason: 'string' },
  },
  AUTH_FAILED: {
    rpcCode: -32001,
    message: 'Authentication failed',
    when: 'The credential is invalid; `reason` is a stable identifier.',
    data: { reason: 'string' },
  },
  TOKEN_EXPIRED: {
    rpcCode: -32001,
    message: 'Credential expired',
    when: 'The credential is no longer valid; the connection stays open for a new one.',
    data: { reason: 'string' },
  },
  PERMISSION_DENIED: {
    rpcCode: -32002,
    message: 'Permission denied',
    when: 'The role of the caller does not permit the method.',
    data: { required_role: 'string', have_role: 'string' },
  },
  DEVICE_BUSY: {
    rpcCode: -32003,
    message: 'Device busy',
    when: 'Another program is using the camera.',
    data: { device: 'string', holder: 'string?' },
  },
  RECORDING_IN_PROGRESS: {
    rpcCode: -32004,
    message: 'Recording in progress',
    when: 'The camera is already being recorded, or the file is still being written.',
    data: { device: 'string', filename: 'string', start_time: 'string' },
  },
  FILE_NOT_FOUND: {
    rpcCode: -32005,
    message: 'File not found',
    when: 'The file does not exist or is not visible to the caller, or there is no recording in a period.',
    data: { filename: 'string', available_from: 'string?', available_to: 'string?' },
  },
  INVALID_STATE: {
    rpcCode: -32020,
    message: 'Not possible in this state',
    when: 'The call is not possible in the current state: for example, no recording to stop, camera disconnected, or service still starting.',
    data: { state: 'string', allowed_states: 'string[]' },
  },
  UNSUPPORTED: {
    rpcCode: -32030,
    message: 'Not supported',
    when: 'The feature is disabled, or this camera or installation does not support it.',
    data: { feature: 'string', suggestion: 'string' },
  },
  RATE_LIMITED: {
    rpcCode: -32040,
    message: 'Too many requests',
    when: 'The limit for requests or failed logins has been reached.',
    data: { retry_after_ms: 'integer' },
  },
  DEPENDENCY_FAILED: {
    rpcCode: -32050,
    message: 'A dependency failed',
    when: 'A dependency is unavailable: for example, the media server is down, a program is missing, or the camera delivers no frames in time.',
    data: { dependency: 'string', detail: 'string', retry_after_ms: 'integer?' },
  },
  STORAGE_FULL: {
    rpcCode: -32060,
    message: 'Storage full',
    when: 'Not enough free space for the request.',
    data: { available_bytes: 'integer', required_bytes: 'integer' },
  },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERROR_CODES;

interface FieldTypes {
  readonly string: string;
  readonly 'string?': string;
  readonly integer: number;
  readonly 'integer?': number;
  readonly 'string[]': readonly string[];
}
type FieldsOf<C extends ErrorCode> = (typeof ERROR_CODES)[C]['data'];
type OptionalKey<F> = { [K in keyof F]: F[K] extends `${string}?` ? K : never }[keyof F];
type TypeOf<T> = T extends keyof FieldTypes ? FieldTypes[T] : never;

/** The further `data` fields of an error. */
export type ErrorData<C extends ErrorCode> = {
  readonly [K in Exclude<keyof FieldsOf<C>, OptionalKey<FieldsOf<C>>>]: TypeOf<FieldsOf<C>[K]>;
} & { readonly [K in OptionalKey<FieldsOf<C>>]?: TypeOf<FieldsOf<C>[K]> };

/** The registry entry of a code, without its literal types. */
export function errorSpec(code: ErrorCode): ErrorSpec {
  return ERROR_CODES[code];
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
