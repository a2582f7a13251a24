import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';

import { createManualClock } from '../../adapters/clock/manual/manual-clock.js';
import { createWinstonLogger } from '../../adapters/logger/winston/winston-logger.js';
import { loggerContract, type SeenLine } from './logger.contract.js';

function parse(text: string): SeenLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { time: _time, level, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
      return { level: String(level), message: String(message), fields };
    });
}

loggerContract('logger/winston to a stream', {
  create: async ({ level }) => {
    let text = '';
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        setImmediate(() => {
          text += chunk.toString('utf8');
          done();
        });
      },
    });
    const log = createWinstonLogger({ level, format: 'json', stream }, { clock: createManualClock() });
    return { log, read: async () => parse(text) };
  },
});

describe('logger/winston to files', () => {
  const folders: string[] = [];
  after(async () => {
    for (const folder of folders) await fs.rm(folder, { recursive: true, force: true });
  });

  loggerContract('logger/winston to files', {
    create: async ({ level }) => {
      const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'log-contract-'));
      folders.push(directory);
      const file = { directory, maxSizeBytes: 50_000_000, maxFiles: 3 };
      const log = createWinstonLogger({ level, format: 'json', file }, { clock: createManualClock() });
      const read = async (): Promise<SeenLine[]> => {
        const names = (await fs.readdir(directory)).filter((name) => name.endsWith('.log'));
        return parse(
          (await Promise.all(names.map((name) => fs.readFile(path.join(directory, name), 'utf8')))).join(''),
        );
      };
      return { log, read };
    },
  });
});
