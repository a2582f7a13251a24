/** Metadata access units: cells in the PES packets of synchronous metadata (ISO/IEC 13818-1, §2.12.4). */

export interface AccessUnit {
  readonly service: number;
  readonly data: Buffer;
  readonly isComplete: boolean;
}

export interface CellStats {
  /** Sequence numbers that are neither the next one nor the same: encoders that do not count send 0 all the time. */
  sequenceGaps: number;
  /** Fragments without a beginning, and beginnings without an end. */
  lostFragments: number;
}

const HEADER_BYTES = 5;
const WHOLE = 0b11;
const FIRST = 0b10;
const LAST = 0b01;
const LONGEST = 1_048_576;

export class CellAssembler {
  readonly stats: CellStats = { sequenceGaps: 0, lostFragments: 0 };
  readonly #open = new Map<number, Buffer[]>();
  /** Bytes of all fragments that wait for more. */
  #waiting = 0;
  readonly #sequence = new Map<number, number>();

  /** @param isComplete whether the whole PES packet is there. @returns the units that are complete, and what there is of a last one that was cut off. */
  push(pes: Buffer, isComplete: boolean): readonly AccessUnit[] {
    const units: AccessUnit[] = [];
    let at = 0;
    while (at + HEADER_BYTES <= pes.length) {
      const service = pes.readUInt8(at);
      this.#count(service, pes.readUInt8(at + 1));
      const kind = pes.readUInt8(at + 2) >> 6;
      const end = at + HEADER_BYTES + pes.readUInt16BE(at + 3);
      const data = pes.subarray(at + HEADER_BYTES, end);
      const isWhole = end <= pes.length;
      units.push(...this.#cell({ service, data, isComplete: isWhole }, kind));
      at = end;
    }
    if (!isComplete) this.drop();
    return units;
  }

  /** Something is missing: fragments that wait for more are given up. */
  drop(): void {
    this.stats.lostFragments += this.#open.size;
    this.#open.clear();
    this.#waiting = 0;
  }

  #cell(cell: AccessUnit, kind: number): readonly AccessUnit[] {
    const { service, data, isComplete } = cell;
    const parts = this.#open.get(service);
    if (kind === WHOLE || kind === FIRST) {
      if (parts !== undefined) this.stats.lostFragments += 1;
      this.#forget(service);
      if (kind === WHOLE || !isComplete) return [cell];
      this.#open.set(service, [Buffer.from(data)]);
      this.#waiting += data.length;
      return [];
    }
    if (parts === undefined) {
      this.stats.lostFragments += 1;
      return [];
    }
    parts.push(Buffer.from(data));
    this.#waiting += data.length;
    if (kind !== LAST && isComplete && this.#waiting <= LONGEST) return [];
    this.#forget(service);
    return [{ service, data: Buffer.concat(parts), isComplete: isComplete && kind === LAST }];
  }

  #forget(service: number): void {
    for (const part of this.#open.get(service) ?? []) this.#waiting -= part.length;
    this.#open.delete(service);
  }

  #count(service: number, sequence: number): void {
    const last = this.#sequence.get(service);
    this.#sequence.set(service, sequence);
    if (last === undefined || sequence === last || sequence === (last + 1) % 256) return;
    this.stats.sequenceGaps += 1;
  }
}
