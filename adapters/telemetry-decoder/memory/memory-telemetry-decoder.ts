/** Telemetry for tests and demos: lines of JSON, each with a checksum. */
import { PortError } from '../../../ports/port-error.js';
import {
  TELEMETRY_LIMITS,
  type TelemetryDecoder,
  type TelemetryField,
  type TelemetryPacket,
  type TelemetryProblem,
  type TelemetryRecord,
  type TelemetryResult,
} from '../../../ports/telemetry-decoder.js';

export const MEMORY_ENCODING = 'memory';
const STANDARD = 'memory';
const LINE = /^(.*)\*([0-9a-f]{8})$/s;
const MAX_TEXT = 4096;

/** Fields of a message by their names. `time` is the time of the message, in milliseconds since 1970. */
export type MemoryTelemetry = Readonly<Record<string, string | number | boolean | null>>;

/** @returns a packet with these messages. */
export function encodeMemoryTelemetry(...messages: readonly MemoryTelemetry[]): Uint8Array {
  const lines = messages.map((fields) => {
    const text = JSON.stringify(fields);
    return `${text}*${checksumOf(text)}`;
  });
  return new TextEncoder().encode(lines.join('\n'));
}

export function createMemoryTelemetryDecoder(): TelemetryDecoder {
  return {
    name: 'memory',
    supports: { encodings: [MEMORY_ENCODING] },
    open: async (encoding, signal) => {
      signal.throwIfAborted();
      if (encoding !== MEMORY_ENCODING)
        throw new PortError('UNSUPPORTED', { message: `there is no decoder for ${encoding} here` });
      return { decode };
    },
  };
}

function decode({ data }: TelemetryPacket): TelemetryResult {
  const { packetBytes, records: most } = TELEMETRY_LIMITS;
  if (data.length > packetBytes)
    return only('oversized', `a packet has ${String(data.length)} bytes, more than ${String(packetBytes)}`);
  const lines = new TextDecoder().decode(data).split('\n');
  const records: TelemetryRecord[] = [];
  const problems: TelemetryProblem[] = [];
  for (const line of lines.slice(0, most)) {
    const record = recordOf(line);
    if (record !== undefined) records.push(record);
    else if (problems.length < TELEMETRY_LIMITS.problems)
      problems.push({ code: 'truncated', message: 'a line has no checksum or is not a JSON object' });
  }
  if (lines.length <= most) return { records, problems };
  const dropped: TelemetryProblem = {
    code: 'too_many',
    message: `a packet has more than ${String(most)} lines`,
  };
  return { records, problems: [...problems.slice(1), dropped] };
}

function only(code: string, message: string): TelemetryResult {
  return { records: [], problems: [{ code, message }] };
}

function recordOf(line: string): TelemetryRecord | undefined {
  const [, text, checksum] = LINE.exec(line) ?? [];
  if (text === undefined) return undefined;
  const message = parsed(text);
  if (message === undefined) return undefined;
  const fields: TelemetryField[] = [];
  const problems: TelemetryProblem[] = [];
  const tell = (code: string, name: string): void => {
    if (problems.length < TELEMETRY_LIMITS.problems)
      problems.push({ code, message: `${name} cannot be used`, field: name });
  };
  for (const [whole, value] of Object.entries(message)) {
    const name = whole.slice(0, MAX_TEXT);
    if (fields.length >= TELEMETRY_LIMITS.fields) tell('too_many', name);
    else if (isScalar(value)) fields.push({ id: name, name, value: cut(value) });
    else tell('invalid_value', name);
  }
  const isValid = checksum === checksumOf(text);
  if (!isValid) problems.unshift({ code: 'checksum_mismatch', message: 'the checksum is wrong' });
  const { time } = message;
  return {
    standard: STANDARD,
    checksum: isValid ? 'valid' : 'invalid',
    ...(typeof time === 'number' && time >= 0 ? { timestamp: time } : {}),
    fields,
    problems: problems.slice(0, TELEMETRY_LIMITS.problems),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === 'object' && message !== null && !Array.isArray(message))
      return message as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  return undefined;
}

/** JSON has numbers that no double holds. */
function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
}

function cut<T>(value: T): T | string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : value;
}

/** FNV-1a, 32 bits. */
function checksumOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
