import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { loggerContract } from './logger.contract.js';

loggerContract('logger/memory', {
  create: async ({ level }) => {
    const log = createMemoryLogger({ level });
    return { log, read: async () => log.lines() };
  },
});
