/** Continuity counters: four bits for each PID that rise by one with each payload (ISO/IEC 13818-1, §2.4.3.3). */
import { NULL_PID, type TransportPacket } from './packet.js';

export interface ContinuityStats {
  /** Places at which packets are missing. */
  gaps: number;
  /** Packets missing there, as far as four bits tell. */
  lostPackets: number;
  /** Packets that came twice. */
  duplicates: number;
}

export type Continuity = 'next' | 'gap' | 'duplicate';
const COUNT = 16;

export class ContinuityCheck {
  readonly stats: ContinuityStats = { gaps: 0, lostPackets: 0, duplicates: 0 };
  readonly #last = new Map<number, { readonly continuity: number; readonly payload: Buffer }>();

  judge(packet: TransportPacket): Continuity {
    const { pid, continuity, hasPayload, isDiscontinuity, payload } = packet;
    if (isDiscontinuity && !hasPayload) this.#last.delete(pid);
    if (pid === NULL_PID || !hasPayload) return 'next';
    const last = this.#last.get(pid);
    if (
      last !== undefined &&
      !isDiscontinuity &&
      last.continuity === continuity &&
      last.payload.equals(payload)
    ) {
      this.stats.duplicates += 1;
      return 'duplicate';
    }
    this.#last.set(pid, { continuity, payload: Buffer.from(payload) });
    if (last === undefined || isDiscontinuity) return 'next';
    const expected = (last.continuity + 1) % COUNT;
    if (continuity === expected) return 'next';
    this.stats.gaps += 1;
    this.stats.lostPackets += (continuity - expected + COUNT) % COUNT;
    return 'gap';
  }
}
