/** The header of a transport packet (ISO/IEC 13818-1, §2.4.3.2). */

export interface TransportPacket {
  readonly pid: number;
  /** A section or a PES packet begins in the payload. */
  readonly isStart: boolean;
  /** The sender or a receiver before us has found the packet damaged. */
  readonly isDamaged: boolean;
  readonly isScrambled: boolean;
  readonly continuity: number;
  readonly hasPayload: boolean;
  /** Continuity and clock begin anew here. */
  readonly isDiscontinuity: boolean;
  /** Programme clock reference, in ticks of 90 kHz. */
  readonly pcr?: number;
  readonly payload: Buffer;
}

export const NULL_PID = 0x1fff;
const HEADER_BYTES = 4;

/** @param bytes 188 of them. */
export function readTransportPacket(bytes: Buffer): TransportPacket {
  const flags = bytes.readUInt8(3);
  const word = bytes.readUInt16BE(1);
  const adaptation = (flags & 0x20) === 0 ? undefined : adaptationOf(bytes);
  const start = HEADER_BYTES + (adaptation === undefined ? 0 : 1 + adaptation.length);
  const hasPayload = (flags & 0x10) !== 0;
  return {
    pid: word & 0x1fff,
    isStart: (word & 0x4000) !== 0,
    isDamaged: (word & 0x8000) !== 0,
    isScrambled: (flags & 0xc0) !== 0,
    continuity: flags & 0x0f,
    hasPayload,
    isDiscontinuity: adaptation?.isDiscontinuity ?? false,
    ...(adaptation?.pcr === undefined ? {} : { pcr: adaptation.pcr }),
    payload: hasPayload ? bytes.subarray(Math.min(start, bytes.length)) : bytes.subarray(0, 0),
  };
}

const PCR_BYTES = 6;

function adaptationOf(bytes: Buffer): {
  readonly length: number;
  readonly isDiscontinuity: boolean;
  readonly pcr?: number;
} {
  const length = bytes.readUInt8(HEADER_BYTES);
  if (length === 0) return { length, isDiscontinuity: false };
  const flags = bytes.readUInt8(HEADER_BYTES + 1);
  const isDiscontinuity = (flags & 0x80) !== 0;
  if ((flags & 0x10) === 0 || length <= PCR_BYTES) return { length, isDiscontinuity };
  // 33 bits of ticks; the fraction of a tick behind them is of no use here.
  const pcr = bytes.readUInt32BE(HEADER_BYTES + 2) * 2 + (bytes.readUInt8(HEADER_BYTES + 6) >> 7);
  return { length, isDiscontinuity, pcr };
}
