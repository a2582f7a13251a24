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
    when: 'There is no method of that name.',
    data: { hint: 'string?' },
  },
  INVALID_PARAMS: {
    rpcCode: -32602,
    message: 'Invalid params',
    when: 'A parameter is missing, unknown or breaks its rule; `param` names it.',
    data: { param: 'string', rule: 'string', hint: 'string' },
  },
  INTERNAL: {
    rpcCode: -32603,
    message: 'Internal error',
    when: 'A fault of the service; the log has the details under `request_id`.',
    data: {},
  },
  CAMERA_NOT_FOUND: {
    rpcCode: -32000,
    message: 'Camera not found',
    when: 'There is no such camera, or the caller may not know of it.',
    data: { device: 'string', available_devices: 'string[]' },
  },
  AUTH_REQUIRED: {
    rpcCode: -32001,
    message: 'Authentication required',
    when: 'The method needs a principal and the caller has shown no credential.',
    data: { reason: 'string' },
  },
  AUTH_FAILED: {
    rpcCode: -32001,
    message: 'Authentication failed',
    when: 'The credential is not valid; `reason` is a stable word.',
    data: { reason: 'string' },
  },
  TOKEN_EXPIRED: {
    rpcCode: -32001,
    message: 'Credential expired',
    when: 'The credential was valid and is no longer; the connection stays open for another one.',
    data: { reason: 'string' },
  },
  PERMISSION_DENIED: {
    rpcCode: -32002,
    message: 'Permission denied',
    when: 'The role of the caller does not allow it.',
    data: { required_role: 'string', have_role: 'string' },
  },
  DEVICE_BUSY: {
    rpcCode: -32003,
    message: 'Device busy',
    when: 'Another program holds the camera.',
    data: { device: 'string', holder: 'string?' },
  },
  RECORDING_IN_PROGRESS: {
    rpcCode: -32004,
    message: 'Recording in progress',
    when: 'The camera is being recorded already, or the file is being written.',
    data: { device: 'string', filename: 'string', start_time: 'string' },
  },
  FILE_NOT_FOUND: {
    rpcCode: -32005,
    message: 'File not found',
    when: 'There is no such file, or the caller may not know of it.',
    data: { filename: 'string' },
  },
  INVALID_STATE: {
    rpcCode: -32020,
    message: 'Not possible in this state',
    when: 'Stop without a recording, camera disconnected, service still starting.',
    data: { state: 'string', allowed_states: 'string[]' },
  },
  UNSUPPORTED: {
    rpcCode: -32030,
    message: 'Not supported',
    when: 'The feature is switched off, or this camera or installation cannot do it.',
    data: { feature: 'string', suggestion: 'string' },
  },
  RATE_LIMITED: {
    rpcCode: -32040,
    message: 'Too many requests',
    when: 'A limit of requests or of failed logins is reached.',
    data: { retry_after_ms: 'integer' },
  },
  DEPENDENCY_FAILED: {
    rpcCode: -32050,
    message: 'A dependency failed',
    when: 'Media server down, a program missing, no picture from the camera, or no answer in time.',
    data: { dependency: 'string', detail: 'string', retry_after_ms: 'integer?' },
  },
  STORAGE_FULL: {
    rpcCode: -32060,
    message: 'Storage full',
    when: 'There is no room left for what was asked.',
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
