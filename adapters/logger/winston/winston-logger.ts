/** A Logger on winston: JSON or readable lines to a stream or to rotated files. */
import winston from 'winston';

import type { Clock } from '../../../ports/clock.js';
import type { LogFields, Logger, LogLevel } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import { safeFields, safeText } from '../../_shared/log-safe.js';
import { jsonLine, prettyLine, type LineFormat } from './line-format.js';
import { LineGate } from './line-gate.js';
import { fileTransport, streamTransport, type LogFileOptions } from './sinks.js';

export const WINSTON_LOGGER = 'winston';

export interface WinstonLoggerOptions {
  readonly level: LogLevel;
  /** `pretty` is coloured when the stream is a terminal. */
  readonly format: 'json' | 'pretty';
  /** Files to write; without them lines go to `stream`. */
  readonly file?: LogFileOptions;
  /** Default: the standard output. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Lines are dropped, and counted, while the destination is further behind than this. Default 8 MiB. */
  readonly maxPendingBytes?: number;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const LEVELS = Object.keys(RANK) as readonly LogLevel[];
const MIN_FILE_BYTES = 64 * 1024;

/** @throws PortError `OPTION_INVALID`. */
export function createWinstonLogger(options: WinstonLoggerOptions, deps: { readonly clock: Clock }): Logger {
  check(options);
  const gate = new LineGate(options.maxPendingBytes ?? 8 * 1024 * 1024);
  const stream = options.stream ?? process.stdout;
  const transport =
    options.file === undefined ? streamTransport(stream, gate) : fileTransport(options.file, gate);
  const logger = winston.createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: winston.format.printf((info) => info.message as string),
    transports: [transport],
    exitOnError: false,
  });
  const isColoured = options.file === undefined && stream.isTTY === true;
  const format = options.format === 'json' ? jsonLine : prettyLine(isColoured);
  return new WinstonLogger({ logger, gate, format, clock: deps.clock, least: RANK[options.level] }, {});
}

interface Shared {
  readonly logger: winston.Logger;
  readonly gate: LineGate;
  readonly format: LineFormat;
  readonly clock: Clock;
  readonly least: number;
}

class WinstonLogger implements Logger {
  readonly #shared: Shared;
  readonly #bound: LogFields;

  constructor(shared: Shared, bound: LogFields) {
    this.#shared = shared;
    this.#bound = bound;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  isEnabled(level: LogLevel): boolean {
    return RANK[level] >= this.#shared.least;
  }

  child(fields: LogFields): Logger {
    return new WinstonLogger(this.#shared, { ...this.#bound, ...safeFields(fields) });
  }

  flush(): Promise<void> {
    return this.#shared.gate.flush();
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (!this.isEnabled(level)) return;
    const dropped = this.#shared.gate.takeDropped();
    if (dropped > 0) this.#write('warn', 'log lines were dropped: the destination was too slow', { dropped });
    const all = fields === undefined ? this.#bound : { ...this.#bound, ...safeFields(fields) };
    this.#write(level, safeText(String(message)), all);
  }

  #write(level: LogLevel, message: string, fields: LogFields): void {
    const { logger, gate, format, clock } = this.#shared;
    const line = format({ at: clock.now(), level, message, fields });
    if (gate.accept(Buffer.byteLength(line) + 1)) logger.log({ level, message: line });
  }
}

function check({ level, format, file }: WinstonLoggerOptions): void {
  if (!LEVELS.includes(level)) refuse('level', `one of ${LEVELS.join(', ')}`);
  if (format !== 'json' && format !== 'pretty') refuse('format', 'json or pretty');
  if (file === undefined) return;
  if (!(file.maxSizeBytes >= MIN_FILE_BYTES)) refuse('maxSizeBytes', `at least ${MIN_FILE_BYTES}`);
  if (!Number.isInteger(file.maxFiles) || file.maxFiles < 1) refuse('maxFiles', 'at least 1');
}

function refuse(option: string, rule: string): never {
  throw new PortError('OPTION_INVALID', { message: `${option}: ${rule}`, detail: { option, rule } });
}
