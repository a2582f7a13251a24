/** A Logger that keeps its newest lines, for tests and for showing recent lines in a diagnosis. */
import { safeFields, safeText } from '../../_shared/log-safe.js';
import type { LogFields, Logger, LogLevel } from '../../../ports/logger.js';

export interface MemoryLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export interface MemoryLoggerOptions {
  /** Least level that is kept. Default `debug`. */
  readonly level?: LogLevel;
  /** The oldest line makes room beyond this many. Default 1000. */
  readonly capacity?: number;
}

export interface MemoryLogger extends Logger {
  /** The lines kept, oldest first, children's included. */
  lines(): readonly MemoryLine[];
  clear(): void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
export function createMemoryLogger(options: MemoryLoggerOptions = {}): MemoryLogger {
  const kept: MemoryLine[] = [];
  const capacity = options.capacity ?? 1000;
  const least = RANK[options.level ?? 'debug'];
  const write = (line: MemoryLine): void => {
    kept.push(line);
    if (kept.length > capacity) kept.splice(0, kept.length - capacity);
  };
  const loggerWith = (bound: LogFields): MemoryLogger => {
    const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
      if (RANK[level] < least) return;
      write({ level, message: safeText(message), fields: safeFields({ ...bound, ...fields }) });
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      isEnabled: (level) => RANK[level] >= least,
      child: (fields) => loggerWith({ ...bound, ...fields }),
      flush: () => Promise.resolve(),
      lines: () => [...kept],
      clear: () => void kept.splice(0),
    };
  };
  return loggerWith({});
}
