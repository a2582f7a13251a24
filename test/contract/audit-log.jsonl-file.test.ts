import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createJsonlFileAuditLog } from '../../adapters/audit-log/jsonl-file/jsonl-file-audit-log.js';
import { NODE_FILES, type TrailFiles } from '../../adapters/audit-log/jsonl-file/trail-file.js';
import type { AuditEntry, AuditLog } from '../../ports/audit-log.js';
import { auditLogContract } from './audit-log.contract.js';

interface Place {
  readonly directory: string;
  isFull: boolean;
}

describe('audit-log/jsonl-file', () => {
  const places = new Map<AuditLog, Place>();
  const placeOf = (log: AuditLog): Place => places.get(log) as Place;
  const open = (directory: string): AuditLog => {
    const place: Place = { directory, isFull: false };
    const log = createJsonlFileAuditLog({ directory, maxSizeBytes: 1_000_000, maxFiles: 3 }, onDisk(place));
    places.set(log, place);
    return log;
  };
  after(async () => {
    for (const { directory } of places.values()) await fs.rm(directory, { recursive: true, force: true });
  });

  auditLogContract('audit-log/jsonl-file', {
    create: async () => open(await fs.mkdtemp(path.join(os.tmpdir(), 'audit-contract-'))),
    entries: (log) => readTrail(placeOf(log).directory),
    reopen: async (log) => open(placeOf(log).directory),
    fill: async (log, isFull) => {
      placeOf(log).isFull = isFull;
    },
  });
});

async function readTrail(directory: string): Promise<AuditEntry[]> {
  const text = await fs.readFile(path.join(directory, 'audit.jsonl'), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AuditEntry]));
}

/** The real disk, which says that it is full when it is told to. */
function onDisk(place: Place): TrailFiles {
  return async (file) => {
    const handle = await NODE_FILES(file);
    return {
      stat: () => handle.stat(),
      chmod: (mode) => handle.chmod(mode),
      close: () => handle.close(),
      write: async (bytes) => {
        if (place.isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        return handle.write(bytes);
      },
    };
  };
}
