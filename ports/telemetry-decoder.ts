import type { Lifecycle } from './lifecycle.js';

/** The value of a field: plain JSON data, so neither NaN nor -0. `null`: the message says that it has no value. */
export type TelemetryValue =
  null | boolean | number | string | readonly TelemetryValue[] | { readonly [name: string]: TelemetryValue };

/** What a feed delivered at once: one or more whole messages. */
export interface TelemetryPacket {
  /** Not changed and not kept: it belongs to the caller again when the call returns. */
  readonly data: Uint8Array;
  /** Media time in seconds, on the timeline of the stream that carried the packet. Absent if it has none. */
  readonly mediaTime?: number;
  /** When the packet arrived, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly arrivedAt: number;
}

export interface TelemetryField {
  /** Its identifier in the standard, such as the number of an item. Inside a nested set, the identifiers of all levels: `48.1`. */
  readonly id: string;
  /** Its name in the standard. */
  readonly name: string;
  readonly value: TelemetryValue;
  /** The unit of the value, such as `deg` or `m`. Absent if it has none. */
  readonly unit?: string;
}

/** Something that is wrong with a message, or with bytes that are no message. */
export interface TelemetryProblem {
  /** A stable identifier in lower-case words, such as `truncated` or `checksum_mismatch`. */
  readonly code: string;
  readonly message: string;
  /** `id` of the field, if a single field is affected. */
  readonly field?: string;
}

/** `absent`: the message has no checksum. `invalid`: its content differs from what was sent, so any field may be wrong. */
export type TelemetryChecksum = 'valid' | 'invalid' | 'absent';

/** One decoded message. */
export interface TelemetryRecord {
  /** The standard that the message follows, such as `MISB ST 0601`. */
  readonly standard: string;
  readonly checksum: TelemetryChecksum;
  /** The time in the message by the clock of its sender, in milliseconds since 1970-01-01T00:00:00Z. Absent if there is none. */
  readonly timestamp?: number;
  /** In the order of the message. */
  readonly fields: readonly TelemetryField[];
  readonly problems: readonly TelemetryProblem[];
}

export interface TelemetryResult {
  /** In the order of the packet. */
  readonly records: readonly TelemetryRecord[];
  /** What concerns none of the records, such as bytes that are no message. */
  readonly problems: readonly TelemetryProblem[];
}

/** The greatest sizes of what a decoder takes and returns. Whatever exceeds them is left out and told as a problem. */
export const TELEMETRY_LIMITS = {
  /** Bytes of a packet. A longer one is not decoded. */
  packetBytes: 1_048_576,
  /** Records of a packet. */
  records: 256,
  /** Fields of a record. */
  fields: 1024,
  /** Problems of a record, and of a packet. */
  problems: 64,
  /** Nested lists and objects in the value of a field. */
  depth: 8,
  /** Characters of a whole result as JSON. */
  characters: 8_388_608,
} as const;

/** Decodes the packets of one feed. It holds nothing but memory, and is dropped when the feed ends. */
export interface TelemetryStream {
  /**
   * Decodes a packet. Returns at once, because it is called for every packet in its order; the time is proportional to the length of
   * the packet. Never throws, whatever the bytes are: what cannot be decoded is told as a problem, and does not affect later packets.
   */
  decode(packet: TelemetryPacket): TelemetryResult;
}

/** Decodes the metadata of feeds, such as the position and the attitude of an aircraft, to plain data. */
export interface TelemetryDecoder extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    /** The encodings of packets that it decodes, such as `klv`. Several decoders may support one. */
    readonly encodings: readonly string[];
  };
  /**
   * Opens a decoder for one feed. What it remembers of a feed, such as the time of its last message, never reaches another.
   * @throws PortError `UNSUPPORTED` for an encoding that is not in `supports`; the signal's reason on abort.
   */
  open(encoding: string, signal: AbortSignal): Promise<TelemetryStream>;
}
