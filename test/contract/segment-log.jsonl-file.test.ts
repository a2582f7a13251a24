import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { createJsonlFileSegmentLog } from '../../adapters/segment-log/jsonl-file/jsonl-file-segment-log.js';
import { NODE_LOG_FILES, type LogFiles } from '../../adapters/segment-log/jsonl-file/log-file.js';
import type { SegmentLog } from '../../ports/segment-log.js';
import { segmentLogContract } from './segment-log.contract.js';

interface Place {
  readonly directory: string;
  isFull: boolean;
}

describe('segment-log/jsonl-file', () => {
  const places = new Map<SegmentLog, Place>();
  const placeOf = (log: SegmentLog): Place => places.get(log) as Place;
  const open = (directory: string): SegmentLog => {
    const place: Place = { directory, isFull: false };
    const log = createJsonlFileSegmentLog({ directory }, { log: createMemoryLogger(), files: onDisk(place) });
    places.set(log, place);
    return log;
  };
  after(async () => {
    for (const { directory } of places.values()) await fs.rm(directory, { recursive: true, force: true });
  });

  segmentLogContract('segment-log/jsonl-file', {
    create: async () => open(await fs.mkdtemp(path.join(os.tmpdir(), 'segments-contract-'))),
    reopen: async (log) => open(placeOf(log).directory),
    fill: async (log, isFull) => {
      placeOf(log).isFull = isFull;
    },
    tear: async (log) => {
      const file = path.join(placeOf(log).directory, 'segments.jsonl');
      await fs.truncate(file, (await fs.stat(file)).size - 10);
    },
  });
});

/** The real disk, which says that it is full when it is told to. */
function onDisk(place: Place): LogFiles {
  return async (file, isNew) => {
    const handle = await NODE_LOG_FILES(file, isNew);
    return {
      datasync: () => handle.datasync(),
      close: () => handle.close(),
      appendFile: async (text) => {
        if (place.isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        await handle.appendFile(text);
      },
    };
  };
}
