/** Finds KLV in MPEG-TS, in both carriages of MISB ST 1402. Counts what is wrong with the stream, and goes on after it. */
import { ContinuityCheck, type ContinuityStats } from './continuity.js';
import { MediaClock, TICKS_PER_SECOND } from './media-clock.js';
import { CellAssembler, type CellStats } from './metadata-cells.js';
import { NULL_PID, readTransportPacket, type TransportPacket } from './packet.js';
import { PacketSplitter, type SplitterStats } from './packet-splitter.js';
import { PesAssembler, type PesPacket } from './pes.js';
import { Programs, type KlvTrack } from './programs.js';

/** What an encoder has sent at once: one or more KLV messages. */
export interface KlvUnit {
  readonly pid: number;
  readonly program: number;
  readonly carriage: 'synchronous' | 'asynchronous';
  readonly data: Buffer;
  /** In seconds, on a timeline without wraps: the presentation time of the unit, else the latest time of its programme. Absent before there is any. */
  readonly mediaTime?: number;
  /** Whether the unit has a presentation time of its own. */
  readonly isTimed: boolean;
  /** False if packets were lost, so that the end is missing. */
  readonly isComplete: boolean;
}

export interface DemuxerStats extends SplitterStats, ContinuityStats, CellStats {
  packets: number;
  /** Packets that were marked as damaged on their way. */
  damagedPackets: number;
  scrambledPackets: number;
  /** Tables with a wrong checksum or length. */
  damagedTables: number;
  /** Units that were longer than a megabyte. */
  oversized: number;
  /** Units whose end is missing. */
  incomplete: number;
  units: number;
}

const METADATA_STREAM_ID = 0xfc;
/** What every universal label begins with. */
const KEY = Buffer.of(0x06, 0x0e, 0x2b, 0x34);

interface Track extends KlvTrack {
  readonly pes: PesAssembler;
  readonly cells: CellAssembler;
}

export class KlvDemuxer {
  readonly #splitter = new PacketSplitter();
  readonly #continuity = new ContinuityCheck();
  readonly #programs = new Programs();
  readonly #tracks = new Map<number, Track>();
  readonly #clocks = new Map<number, MediaClock>();
  readonly #counts = { packets: 0, damagedPackets: 0, scrambledPackets: 0, incomplete: 0, units: 0 };
  readonly #gone = { oversized: 0, sequenceGaps: 0, lostFragments: 0 };

  /** The streams of the programmes that are known now. */
  get programs(): Programs['maps'] {
    return this.#programs.maps;
  }

  get stats(): DemuxerStats {
    const tracks = [...this.#tracks.values()].map(countsOf);
    const sum = (key: keyof Ended): number =>
      tracks.reduce((total, each) => total + each[key], this.#gone[key]);
    return {
      ...this.#counts,
      ...this.#splitter.stats,
      ...this.#continuity.stats,
      damagedTables: this.#programs.damaged,
      oversized: sum('oversized'),
      sequenceGaps: sum('sequenceGaps'),
      lostFragments: sum('lostFragments'),
    };
  }

  /** @param chunk any number of bytes, which may be used again afterwards. @yields the units that are complete now. */
  *push(chunk: Uint8Array): Generator<KlvUnit> {
    for (const bytes of this.#splitter.split(chunk)) yield* this.#packet(readTransportPacket(bytes));
  }

  /** The stream has ended. @yields what was waiting for more. */
  *end(): Generator<KlvUnit> {
    for (const bytes of this.#splitter.split(new Uint8Array(), true))
      yield* this.#packet(readTransportPacket(bytes));
    for (const track of this.#tracks.values()) yield* this.#units(track, track.pes.end());
  }

  *#packet(packet: TransportPacket): Generator<KlvUnit> {
    this.#counts.packets += 1;
    if (packet.pid === NULL_PID) return;
    if (packet.isDamaged) {
      this.#counts.damagedPackets += 1;
      return;
    }
    const continuity = this.#continuity.judge(packet);
    if (continuity === 'duplicate') return;
    this.#tick(packet);
    const track = this.#tracks.get(packet.pid);
    if (continuity === 'gap') yield* this.#afterGap(packet.pid, track);
    if (packet.isScrambled) this.#counts.scrambledPackets += 1;
    else if (track !== undefined) yield* this.#units(track, track.pes.push(packet.payload, packet.isStart));
    else if (this.#programs.push(packet)) yield* this.#follow();
  }

  #tick({ pid, pcr }: TransportPacket): void {
    if (pcr === undefined) return;
    for (const { program, pcrPid } of this.#programs.maps)
      if (pcrPid === pid) this.#clockOf(program).unroll(pcr);
  }

  #clockOf(program: number): MediaClock {
    const clock = this.#clocks.get(program) ?? new MediaClock();
    this.#clocks.set(program, clock);
    return clock;
  }

  *#afterGap(pid: number, track: Track | undefined): Generator<KlvUnit> {
    this.#programs.drop(pid);
    if (track === undefined) return;
    const cut = track.pes.end().map((each) => ({ ...each, isComplete: false }));
    yield* this.#units(track, cut);
    track.cells.drop();
  }

  /** The tables say something else than before. */
  *#follow(): Generator<KlvUnit> {
    const wanted = new Map(this.#programs.tracks().map((track) => [track.pid, track]));
    for (const [pid, track] of this.#tracks) {
      const now = wanted.get(pid);
      if (
        now !== undefined &&
        now.program === track.program &&
        now.isTold === track.isTold &&
        now.isMetadata === track.isMetadata
      )
        continue;
      yield* this.#units(track, track.pes.end());
      const ended = countsOf(track);
      for (const key of Object.keys(ended) as (keyof Ended)[]) this.#gone[key] += ended[key];
      this.#tracks.delete(pid);
    }
    for (const [pid, track] of wanted)
      if (!this.#tracks.has(pid))
        this.#tracks.set(pid, { ...track, pes: new PesAssembler(), cells: new CellAssembler() });
    for (const program of this.#clocks.keys())
      if (!this.#programs.maps.some((map) => map.program === program)) this.#clocks.delete(program);
  }

  *#units(track: Track, packets: readonly PesPacket[]): Generator<KlvUnit> {
    for (const { streamId, pts, data, isComplete } of packets) {
      // Types, descriptors and identifiers are mixed up by some encoders, so the content has the last word. A cell never begins like a key.
      const isSynchronous = (streamId === METADATA_STREAM_ID || track.isMetadata) && !startsLikeKlv(data);
      const clock = this.#clockOf(track.program);
      const time = pts === undefined ? clock.seconds : clock.unroll(pts) / TICKS_PER_SECOND;
      const found = isSynchronous ? track.cells.push(data, isComplete) : [{ data, isComplete }];
      for (const each of found) {
        if (each.data.length === 0 || !(track.isTold || startsLikeKlv(each.data))) continue;
        this.#counts.units += 1;
        if (!each.isComplete) this.#counts.incomplete += 1;
        yield {
          ...{ pid: track.pid, program: track.program },
          carriage: isSynchronous ? 'synchronous' : 'asynchronous',
          data: each.data,
          ...(time === undefined ? {} : { mediaTime: time }),
          isTimed: pts !== undefined,
          isComplete: each.isComplete,
        };
      }
    }
  }
}

interface Ended extends CellStats {
  oversized: number;
}

function countsOf({ pes, cells }: Track): Ended {
  return { oversized: pes.oversized, ...cells.stats };
}

function startsLikeKlv(data: Buffer): boolean {
  return data.subarray(0, KEY.length).equals(KEY);
}
