/** Finds the messages in a packet by their labels. */
import {
  TELEMETRY_LIMITS,
  type TelemetryPacket,
  type TelemetryRecord,
  type TelemetryResult,
} from '../../../ports/telemetry-decoder.js';
import { Cursor, Malformed } from './cursor.js';
import type { Budget } from './local-set.js';
import { readMessage } from './message.js';
import { Problems } from './problems.js';

/** Universal label of a UAS Datalink Local Set (MISB ST 0601). */
export const LABEL = Uint8Array.of(6, 0x0e, 0x2b, 0x34, 2, 0x0b, 1, 1, 0x0e, 1, 3, 1, 1, 0, 0, 0);
/** All universal labels begin so (SMPTE ST 298). */
const ANY_LABEL = LABEL.subarray(0, 4);
const MOST_FIELDS = 16_384;
const MOST_PACK_BYTES = 65_536;

/** Never throws. Looks at each byte a fixed number of times. */
export function readPacket({ data }: TelemetryPacket): TelemetryResult {
  const { packetBytes } = TELEMETRY_LIMITS;
  if (data.length <= packetBytes) return new Search(data).result();
  const message = `the packet has ${String(data.length)} bytes, more than ${String(packetBytes)}`;
  return { records: [], problems: [{ code: 'oversized', message }] };
}

class Search {
  readonly #data: Buffer;
  readonly #records: TelemetryRecord[] = [];
  readonly #problems = new Problems();
  readonly #budget: Budget = { fields: MOST_FIELDS, packBytes: MOST_PACK_BYTES };

  constructor(data: Uint8Array) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }

  result(): TelemetryResult {
    let at = 0;
    while (at < this.#data.length && !this.#isFull()) at = this.#message(this.#labelFrom(at));
    return { records: this.#records, problems: this.#problems.all };
  }

  #isFull(): boolean {
    if (this.#records.length < TELEMETRY_LIMITS.records && this.#budget.fields > 0) return false;
    this.#problems.add('too_many', 'the packet has too many messages or items; the rest is left out');
    return true;
  }

  #labelFrom(at: number): number {
    const found = this.#data.indexOf(ANY_LABEL, at);
    const label = found === -1 ? this.#data.length : found;
    if (label > at)
      this.#problems.add('no_message', `${String(label - at)} bytes at ${String(at)} are no message`);
    return label;
  }

  /** @returns where to go on. */
  #message(at: number): number {
    const rest = this.#data.subarray(at);
    if (rest.length === 0) return this.#data.length;
    const cursor = new Cursor(rest);
    try {
      const label = cursor.take(LABEL.length);
      const set = cursor.field().rest();
      const whole = rest.subarray(0, rest.length - cursor.left);
      if (LABEL.every((byte, index) => byte === label[index]))
        this.#records.push(readMessage(whole, set, this.#budget));
      else this.#problems.add('unknown_message', `the message at ${String(at)} is of another standard`);
      return at + whole.length;
    } catch (cause) {
      if (!(cause instanceof Malformed)) throw cause;
      this.#problems.add('truncated', `the message at ${String(at)} ${cause.message}`);
      return at + ANY_LABEL.length;
    }
  }
}
