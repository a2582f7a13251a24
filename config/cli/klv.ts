import { createReadStream } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { KlvDemuxer, type KlvUnit } from '../../adapters/_shared/mpegts/klv-demuxer.js';
import { PortError, type TelemetryStream } from '../../ports/index.js';
import { makerWithoutFolders } from '../runtime.js';
import { configOf, type CommandHost } from './command-host.js';
import { jsonOf, streamsOf, summaryOf, tableOf, type Told } from './klv-text.js';

const STDIN = '-';
const ENCODING = 'klv';
const URL_SHAPE = /^[a-z][a-z0-9+.-]*:\/\//i;

interface KlvOptions {
  readonly format?: 'json' | 'table';
  readonly raw?: boolean;
}

const HELP = `
Prints one line of JSON for each KLV message: media_time (seconds), pid, program, carriage, complete, standard, timestamp, checksum, fields
(id, name, value, unit) and problems. A summary is written to standard error. The exit code is 1 if there is no KLV.

  camera-service klv flight.ts
  camera-service klv flight.ts | jq '.fields[] | select(.id == "13").value'
  ffmpeg -i srt://uav.local:9000 -map 0 -c copy -f mpegts - | camera-service klv -`;

/** `klv`: what a recording or a stream says beside its picture. */
export function registerKlv(program: Command, host: CommandHost): void {
  program
    .command('klv')
    .description('print the KLV metadata in an MPEG-TS file, decoded')
    .argument('<file>', 'an MPEG-TS file; - reads standard input', fileIn)
    .addOption(
      new Option(
        '--format <format>',
        'json: one line for each message (default: table on a terminal)',
      ).choices(['json', 'table']),
    )
    .option('--raw', 'also print the bytes of each unit, as hexadecimal text')
    .addHelpText('after', HELP)
    .action(async (file: string, options: KlvOptions, command: Command) => {
      const stream = await openDecoder(command, host);
      await print(file, new Printer(stream, options, host), host);
    });
}

/** @throws InvalidArgumentError for a URL, with what reads it. */
function fileIn(text: string): string {
  if (!URL_SHAPE.test(text)) return text;
  throw new InvalidArgumentError(
    `URLs are not read; use: ffmpeg -i ${text} -map 0 -c copy -f mpegts - | camera-service klv -`,
  );
}

/** @throws PortError `UNSUPPORTED` when no configured adapter decodes KLV. */
async function openDecoder(command: Command, host: CommandHost): Promise<TelemetryStream> {
  const maker = makerWithoutFolders(await configOf(command, host, 'development'));
  const decoders = await maker.known('TelemetryDecoder');
  const decoder = decoders.find(({ supports }) => supports.encodings.includes(ENCODING));
  if (decoder === undefined)
    throw new PortError('UNSUPPORTED', {
      message: 'no adapter in adapters.telemetry_decoder decodes KLV; add misb-st0601',
    });
  await decoder.start?.(host.signal);
  return decoder.open(ENCODING, host.signal);
}

/** Decodes unit by unit and prints what was found. */
class Printer {
  readonly #stream: TelemetryStream;
  readonly #host: CommandHost;
  readonly #write: (told: Told) => string;
  readonly #hasRaw: boolean;
  messages = 0;
  wrongChecksums = 0;

  constructor(stream: TelemetryStream, { format, raw }: KlvOptions, host: CommandHost) {
    this.#stream = stream;
    this.#host = host;
    this.#hasRaw = raw === true;
    this.#write = (format ?? (host.isTerminal ? 'table' : 'json')) === 'table' ? tableOf : jsonOf;
  }

  async print(unit: KlvUnit): Promise<void> {
    const { data, mediaTime } = unit;
    const packet = { data, arrivedAt: 0, ...(mediaTime === undefined ? {} : { mediaTime }) };
    const { records, problems } = this.#stream.decode(packet);
    const raw = this.#hasRaw ? { raw: data.toString('hex') } : {};
    for (const record of records) {
      this.messages += 1;
      if (record.checksum === 'invalid') this.wrongChecksums += 1;
      this.#host.out(this.#write({ unit, record, problems: record.problems, ...raw }));
    }
    if (problems.length > 0)
      this.#host.out(this.#write({ unit, problems, ...(records.length > 0 ? {} : raw) }));
    await this.#host.drained();
    this.#host.signal.throwIfAborted();
  }
}

async function print(file: string, printer: Printer, host: CommandHost): Promise<void> {
  const demuxer = new KlvDemuxer();
  for await (const chunk of readFrom(file, host.signal))
    for (const unit of demuxer.push(chunk)) await printer.print(unit);
  for (const unit of demuxer.end()) await printer.print(unit);
  const { stats, programs } = demuxer;
  const name = file === STDIN ? 'standard input' : file;
  if (stats.packets === 0)
    throw new PortError('DEVICE_UNSUPPORTED', {
      message: `${name}: this is not MPEG-TS`,
      detail: {
        remedy: `Other containers are converted by: ffmpeg -i ${name} -map 0 -c copy -f mpegts - | camera-service klv -`,
      },
    });
  host.err(summaryOf({ stats, messages: printer.messages, wrongChecksums: printer.wrongChecksums }));
  if (stats.units > 0) return;
  host.err(`${name}: there is no KLV in it; ${streamsOf(programs)}`);
  host.exitWith(1);
}

/** @throws PortError `FILE_NOT_FOUND`; the signal's reason. */
async function* readFrom(file: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const input = file === STDIN ? process.stdin : createReadStream(file, { signal });
  try {
    for await (const chunk of input) {
      signal.throwIfAborted();
      yield chunk as Buffer;
    }
  } catch (cause) {
    signal.throwIfAborted();
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new PortError('FILE_NOT_FOUND', { message: `${file}: there is no such file`, cause });
    if (code === 'EISDIR')
      throw new PortError('FILE_NOT_FOUND', { message: `${file}: this is a folder`, cause });
    throw cause;
  }
}
