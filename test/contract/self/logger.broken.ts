import { createMemoryLogger, type MemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import type { LogFields, Logger } from '../../../ports/logger.js';
import type { LoggerWorld, SeenLine } from '../logger.contract.js';
import type { Broken } from './expect-caught.js';

export const brokenLoggers: readonly Broken<LoggerWorld>[] = [
  broken('writes', (log) => ({ debug: (message) => log.info(message) })),
  broken('level', () => ({ isEnabled: () => true })),
  broken('child', (log) => ({ child: () => log })),
  raw('redacts-keys'),
  raw('redacts-urls'),
  broken('errors', (log) => ({
    error: (message, fields) => log.error(message, { error: String(fields?.['error']) }),
  })),
  broken('never-throws', (log) => ({
    info: (message, fields) => log.info(message, { text: JSON.stringify(fields) }),
  })),
  delayed('flush'),
];

function broken(rule: string, spoil: (log: MemoryLogger) => Partial<Logger>): Broken<LoggerWorld> {
  return {
    rule,
    world: {
      create: async ({ level }) => {
        const log = createMemoryLogger({ level });
        return { log: { ...log, ...spoil(log) }, read: async () => log.lines() };
      },
    },
  };
}

/** Writes fields as they come. */
function raw(rule: string): Broken<LoggerWorld> {
  const lines: SeenLine[] = [];
  const loggerWith = (bound: LogFields): Logger => {
    const at = (level: string) => (message: string, fields?: LogFields) =>
      void lines.push({ level, message, fields: { ...bound, ...fields, cause: String(fields?.['cause']) } });
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      isEnabled: () => true,
      child: (fields) => loggerWith({ ...bound, ...fields }),
      flush: async () => undefined,
    };
  };
  return { rule, world: { create: async () => ({ log: loggerWith({}), read: async () => lines }) } };
}

/** Lines arrive some time after flush said so. */
function delayed(rule: string): Broken<LoggerWorld> {
  return broken(rule, (log) => ({
    info: (message, fields) => void setTimeout(() => log.info(message, fields), 20),
  }));
}
