/** What the command `klv` prints. Texts come from a file that anybody may have made. */
import type { DemuxerStats, KlvDemuxer, KlvUnit } from '../../adapters/_shared/mpegts/klv-demuxer.js';
import type { TelemetryProblem, TelemetryRecord, TelemetryValue } from '../../ports/index.js';

/** A message, or what is wrong with bytes that are none. */
export interface Told {
  readonly unit: KlvUnit;
  readonly record?: TelemetryRecord;
  readonly problems: readonly TelemetryProblem[];
  readonly raw?: string;
}

const LATEST_MS = 8.64e15;
const ID_WIDTH = 8;
const NAME_WIDTH = 40;
const DIGITS = 10;

export function jsonOf({ unit, record, problems, raw }: Told): string {
  const { mediaTime, pid, program, carriage, isComplete } = unit;
  const about = { media_time: mediaTime, pid, program, carriage, complete: isComplete };
  if (record === undefined) return visible(JSON.stringify({ ...about, problems, raw }));
  const { standard, checksum, fields } = record;
  const timestamp = timeOf(record);
  return visible(JSON.stringify({ ...about, standard, timestamp, checksum, fields, problems, raw }));
}

export function tableOf({ unit, record, problems, raw }: Told): string {
  const { mediaTime, pid, carriage, isComplete } = unit;
  const head = [
    mediaTime === undefined ? 'no media time' : `${mediaTime.toFixed(3)} s`,
    `PID ${String(pid)}, ${carriage}${isComplete ? '' : ', incomplete'}`,
    ...(record === undefined
      ? ['no message']
      : [record.standard, timeOf(record) ?? 'no time stamp', `checksum ${record.checksum}`]),
  ];
  const rows = (record?.fields ?? []).map(({ id, name, value, unit: measure }) => {
    const words = `${textOf(value)}${measure === undefined ? '' : ` ${measure}`}`;
    return `  ${id.padEnd(ID_WIDTH)}${name.padEnd(NAME_WIDTH)} ${words}`;
  });
  const wrong = problems.map(({ message }) => `  problem: ${message}`);
  const bytes = raw === undefined ? [] : [`  raw: ${raw}`];
  return visible([head.join('  '), ...rows, ...wrong, ...bytes].join('\n'));
}

/** Characters that a terminal obeys are shown by their number instead. */
function visible(text: string): string {
  return text.replaceAll(
    /(?!\n)[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function textOf(value: TelemetryValue): string {
  if (typeof value === 'number')
    return String(Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS)));
  return value === null ? 'no value' : JSON.stringify(value);
}

function timeOf({ timestamp }: TelemetryRecord): string | undefined {
  return timestamp === undefined || timestamp > LATEST_MS ? undefined : new Date(timestamp).toISOString();
}

/** What the parts of the statistics are called of which there should be none. */
const TROUBLES: readonly (readonly [key: keyof DemuxerStats, one: string, many?: string])[] = [
  ['incomplete', 'incomplete unit'],
  ['gaps', 'gap'],
  ['lostPackets', 'lost packet'],
  ['duplicates', 'duplicated packet'],
  ['damagedPackets', 'damaged packet'],
  ['scrambledPackets', 'scrambled packet'],
  ['damagedTables', 'damaged table'],
  ['resyncs', 'resynchronisation'],
  ['skippedBytes', 'skipped byte'],
  ['oversized', 'unit that was too long', 'units that were too long'],
  ['sequenceGaps', 'gap in sequence numbers', 'gaps in sequence numbers'],
  ['lostFragments', 'lost fragment'],
];

function counted(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

export function summaryOf({
  stats,
  messages,
  wrongChecksums,
}: {
  readonly stats: DemuxerStats;
  readonly messages: number;
  readonly wrongChecksums: number;
}): string {
  const troubles = TROUBLES.flatMap(([key, one, many]) =>
    stats[key] > 0 ? [counted(stats[key], one, many)] : [],
  );
  const wrong = wrongChecksums > 0 ? [counted(wrongChecksums, 'wrong checksum')] : [];
  const found = [
    counted(messages, 'message'),
    counted(stats.units, 'unit of KLV', 'units of KLV'),
    counted(stats.packets, 'packet'),
  ];
  return [found.join(' in '), ...wrong, ...troubles].join(', ');
}

const TYPES: Readonly<Record<number, string>> = {
  ...{ 0x02: 'MPEG-2 video', 0x03: 'MPEG audio', 0x04: 'MPEG audio', 0x06: 'private data', 0x0f: 'AAC' },
  ...{ 0x11: 'AAC', 0x15: 'metadata', 0x1b: 'H.264', 0x24: 'H.265', 0x81: 'AC-3' },
};

/** What there is instead of KLV. */
export function streamsOf(programs: KlvDemuxer['programs']): string {
  const streams = programs.flatMap(({ streams: all }) =>
    all.map(({ pid, type }) => `${TYPES[type] ?? `type 0x${type.toString(16)}`} (PID ${String(pid)})`),
  );
  return streams.length === 0 ? 'no programme was found' : `its streams are ${streams.join(', ')}`;
}
