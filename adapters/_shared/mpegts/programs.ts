/** Which programmes and streams there are, as the tables say that were seen last. */
import type { TransportPacket } from './packet.js';
import { SectionAssembler } from './sections.js';
import {
  klvHint,
  METADATA_STREAM,
  readPat,
  readPmt,
  sectionNumbers,
  type ProgramEntry,
  type ProgramMap,
} from './tables.js';

const PAT_PID = 0;
/** A stream has a handful of programmes; more are nonsense. */
const MOST_PROGRAMS = 64;
/** Each of them may hold a megabyte that waits for its end. */
const MOST_TRACKS = 16;

export interface KlvTrack {
  readonly program: number;
  readonly pid: number;
  /** The tables say that it is KLV; otherwise its content decides. */
  readonly isTold: boolean;
  /** Its type is that of metadata in cells. */
  readonly isMetadata: boolean;
}

/** What comes on one PID: the maps of one programme or more. */
interface Tables {
  readonly assembler: SectionAssembler;
  readonly maps: Map<number, { readonly section: Buffer; readonly map: ProgramMap }>;
}

export class Programs {
  readonly #pat = new SectionAssembler();
  /** By the number of the section of the PAT. */
  readonly #entries = new Map<number, readonly ProgramEntry[]>();
  readonly #tables = new Map<number, Tables>();
  #damagedBefore = 0;

  get maps(): readonly ProgramMap[] {
    return [...this.#tables.values()].flatMap(({ maps }) => [...maps.values()].map(({ map }) => map));
  }

  /** Tables that were damaged on their way. */
  get damaged(): number {
    const now = [...this.#tables.values()].reduce((sum, { assembler }) => sum + assembler.damaged, 0);
    return now + this.#pat.damaged + this.#damagedBefore;
  }

  tracks(): readonly KlvTrack[] {
    const found = this.maps.flatMap(({ program, streams }) =>
      streams.flatMap((stream) => {
        const hint = klvHint(stream);
        const isMetadata = stream.type === METADATA_STREAM;
        return hint === 'none' ? [] : [{ program, pid: stream.pid, isTold: hint === 'told', isMetadata }];
      }),
    );
    return found.sort((a, b) => Number(b.isTold) - Number(a.isTold)).slice(0, MOST_TRACKS);
  }

  /** @returns whether the tables say something else now. */
  push({ pid, payload, isStart }: TransportPacket): boolean {
    let isNew = false;
    if (pid === PAT_PID)
      for (const section of this.#pat.push(payload, isStart)) isNew = this.#takePat(section) || isNew;
    const tables = pid === PAT_PID ? undefined : this.#tables.get(pid);
    if (tables === undefined) return isNew;
    for (const section of tables.assembler.push(payload, isStart))
      isNew = this.#takePmt(tables, pid, section) || isNew;
    return isNew;
  }

  /** Packets of this PID are missing. */
  drop(pid: number): void {
    if (pid === PAT_PID) this.#pat.drop();
    this.#tables.get(pid)?.assembler.drop();
  }

  #takePat(section: Buffer): boolean {
    const entries = readPat(section);
    if (entries === undefined) return false;
    const { number, last } = sectionNumbers(section);
    this.#entries.set(number, entries);
    for (const each of this.#entries.keys()) if (each > last) this.#entries.delete(each);
    const wanted = [...this.#entries.values()].flat().slice(0, MOST_PROGRAMS);
    let isNew = false;
    for (const [pid, tables] of this.#tables) isNew = this.#forget(pid, tables, wanted) || isNew;
    for (const { pmtPid } of wanted)
      if (!this.#tables.has(pmtPid))
        this.#tables.set(pmtPid, { assembler: new SectionAssembler(), maps: new Map() });
    return isNew;
  }

  /** Forgets what the PAT does not name any more. @returns whether anything was known of it. */
  #forget(pid: number, { assembler, maps }: Tables, wanted: readonly ProgramEntry[]): boolean {
    const programs = wanted.filter(({ pmtPid }) => pmtPid === pid).map(({ program }) => program);
    const gone = [...maps.keys()].filter((program) => !programs.includes(program));
    for (const program of gone) maps.delete(program);
    if (programs.length === 0) {
      this.#damagedBefore += assembler.damaged;
      this.#tables.delete(pid);
    }
    return gone.length > 0;
  }

  #takePmt({ maps }: Tables, pid: number, section: Buffer): boolean {
    const map = readPmt(section);
    if (map === undefined) return false;
    const isNamed = [...this.#entries.values()]
      .flat()
      .some(({ program, pmtPid }) => program === map.program && pmtPid === pid);
    if (!isNamed || maps.get(map.program)?.section.equals(section) === true) return false;
    maps.set(map.program, { section: Buffer.from(section), map });
    return true;
  }
}
