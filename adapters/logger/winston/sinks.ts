/** Where lines go: a stream, or files that are rotated by size and by day. Both report each byte to the gate. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Writable } from 'node:stream';

import winston from 'winston';
import type DailyRotateFile from 'winston-daily-rotate-file';

import { PortError } from '../../../ports/port-error.js';
import type { LineGate } from './line-gate.js';

export interface LogFileOptions {
  /** Absolute path of an existing folder. */
  readonly directory: string;
  /** A file is closed and the next one begun beyond this size, and at midnight UTC. */
  readonly maxSizeBytes: number;
  /** The oldest file is deleted beyond this number. */
  readonly maxFiles: number;
}

const FILE_PREFIX = 'camera-service';

export function streamTransport(destination: NodeJS.WritableStream, gate: LineGate): winston.transport {
  // A reader that went away (EPIPE) must not end the service; the callback of each write still comes.
  destination.on('error', () => undefined);
  const counted = new Writable({
    decodeStrings: true,
    highWaterMark: Number.MAX_SAFE_INTEGER,
    write(chunk: Buffer, _encoding, done) {
      // Handed on at once: waiting here would only move the backlog, and the gate bounds it already.
      destination.write(chunk, () => gate.arrived(chunk.byteLength));
      done();
    },
  });
  return new winston.transports.Stream({ stream: counted, eol: '\n' });
}

/** @throws PortError `OPTION_INVALID` when the folder cannot be written. */
export function fileTransport(options: LogFileOptions, gate: LineGate): winston.transport {
  const { directory, maxSizeBytes, maxFiles } = options;
  try {
    fs.accessSync(directory, fs.constants.W_OK | fs.constants.X_OK);
  } catch (cause) {
    throw new PortError('OPTION_INVALID', {
      cause,
      detail: { option: 'directory', rule: 'a writable folder' },
    });
  }
  // Loaded only when logs go to files: it costs a date library.
  const load = createRequire(import.meta.url) as (name: string) => typeof DailyRotateFile;
  const RotatingFile = load('winston-daily-rotate-file');
  const transport = new RotatingFile({
    dirname: directory,
    filename: `${FILE_PREFIX}-%DATE%`,
    extension: '.log',
    utc: true,
    eol: '\n',
    maxSize: maxSizeBytes,
    maxFiles,
    auditFile: path.join(directory, '.rotation.json'),
    options: { flags: 'a', mode: 0o640, fs: countingFs(gate) },
  });
  const stream = transport.logStream as NodeJS.WritableStream & { setMaxListeners?: (count: number) => void };
  stream.on('error', reportLoss);
  transport.on('error', reportLoss);
  return transport;
}

/**
 * The part of node:fs that a write stream uses. A failed write counts as arrived and as done, so that a full disk
 * costs its lines and not the stream: logging goes on as soon as there is room.
 */
function countingFs(gate: LineGate): object {
  // The parameters are those of fs.write: descriptor, buffer, offset, length, position, callback.
  const write = (...call: WriteCall): void => {
    const [fd, buffer, offset, length, position, done] = call;
    fs.write(fd, buffer, offset, length, position, (error, written) => {
      if (error !== null) reportLoss(error);
      const settled = error === null ? written : length;
      gate.arrived(settled);
      done(null, settled, buffer);
    });
  };
  return { open: fs.open, write, close: fs.close };
}

type WriteDone = (error: Error | null, written: number, buffer: Buffer) => void;
type WriteCall = [number, Buffer, number, number, number | null, WriteDone];

let lossReportedAt = 0;

/** The logger cannot log its own failure: one line a minute on the last resort. */
function reportLoss(error: Error): void {
  if (Date.now() - lossReportedAt < 60_000) return;
  lossReportedAt = Date.now();
  process.stderr.write(`log lines were lost: ${(error as NodeJS.ErrnoException).code ?? error.name}\n`);
}
