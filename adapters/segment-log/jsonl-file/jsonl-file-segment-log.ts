/** A SegmentLog of one file of lines with checksums, which is replaced as a whole only when it is shortened. */
import path from 'node:path';
import type { Logger } from '../../../ports/logger.js';
import { PortError } from '../../../ports/port-error.js';
import type { SegmentEvent, SegmentLog } from '../../../ports/segment-log.js';
import { storageFailure, untilAborted } from '../../_shared/appended-file.js';
import { LogFile, NODE_LOG_FILES, type LogFiles } from './log-file.js';
import { decodeLine, encodeLine } from './log-line.js';

export const JSONL_FILE_SEGMENT_LOG = 'jsonl-file';

export interface JsonlFileSegmentLogOptions {
  /** Absolute path of the folder; made when it is missing. */
  readonly directory: string;
}

interface Deps {
  readonly log: Logger;
  /** Replaced in tests by disks that fail. */
  readonly files?: LogFiles;
}

/** @throws PortError `OPTION_INVALID`. */
export function createJsonlFileSegmentLog(
  { directory }: JsonlFileSegmentLogOptions,
  { log, files = NODE_LOG_FILES }: Deps,
): SegmentLog {
  if (!path.isAbsolute(directory))
    throw new PortError('OPTION_INVALID', {
      message: 'directory must be an absolute path',
      detail: { option: 'directory', rule: 'an absolute path' },
    });
  return new JsonlFileSegmentLog(new LogFile(path.join(directory, 'segments.jsonl'), files), log);
}

class JsonlFileSegmentLog implements SegmentLog {
  readonly name = JSONL_FILE_SEGMENT_LOG;
  readonly supports = { persistence: true };
  readonly #file: LogFile;
  readonly #log: Logger;
  #isOpen = false;
  /** Settles when all that was asked for is written. */
  #last: Promise<void> = Promise.resolve();
  /** What goes with the next write; absent when none is waiting. */
  #batch: { text: string; readonly written: Promise<void> } | undefined;

  constructor(file: LogFile, log: Logger) {
    this.#file = file;
    this.#log = log;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#inTurn(() => this.#file.open());
    this.#isOpen = true;
  }

  async *read(): AsyncGenerator<readonly SegmentEvent[]> {
    this.#requireOpen();
    await this.#last;
    let damaged = 0;
    try {
      for await (const lines of this.#file.lines()) {
        const events = lines.map(decodeLine).filter((event) => event !== undefined);
        damaged += lines.length - events.length;
        yield events;
      }
    } catch (cause) {
      throw toPortError(cause, this.#file.path);
    }
    if (damaged > 0)
      this.#log.warn('lines of the history of recordings are damaged and were left out', {
        file: this.#file.path,
        damaged,
      });
  }

  async append(events: readonly SegmentEvent[]): Promise<void> {
    this.#requireOpen();
    const text = events.map(encodeLine).join('');
    if (this.#batch) {
      this.#batch.text += text;
      return this.#batch.written;
    }
    const batch = { text, written: Promise.resolve() };
    this.#batch = batch;
    batch.written = this.#inTurn(async () => {
      this.#batch = undefined;
      await this.#file.append(batch.text);
    });
    return batch.written;
  }

  async compact(events: Iterable<SegmentEvent>): Promise<void> {
    this.#requireOpen();
    // What comes from here on belongs behind it.
    this.#batch = undefined;
    await this.#inTurn(() => this.#file.replace(encoded(events)));
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#isOpen = false;
    const { over, forget } = untilAborted(signal);
    await Promise.race([this.#last, over]);
    forget();
    // A disk that hangs is not waited for: the file is closed when it lets go.
    const closing = this.#last.then(() => this.#file.close());
    if (!signal.aborted) await closing;
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const result = this.#last.then(task).catch((cause: unknown) => {
      throw toPortError(cause, this.#file.path);
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new PortError('UNSUPPORTED', { detail: { feature: 'use before start' } });
  }
}

function* encoded(events: Iterable<SegmentEvent>): Generator<string> {
  for (const event of events) yield encodeLine(event);
}

function toPortError(cause: unknown, file: string): PortError {
  return storageFailure(cause, {
    what: `the history of recordings ${file} cannot be used`,
    file,
    key: 'paths.state',
  });
}
