/** Mutants of our adapters that their contract suites do not notice, and why that is right. */

export interface Accepted {
  /** The file that is mutated. */
  readonly file: string;
  /** Part of the line on which the mutated code begins. */
  readonly at: string;
  /** Names of the kinds of mutation that are meant; absent for all on this line. */
  readonly only?: readonly string[];
  readonly why: string;
}

const HANDLE = 'a handle for tests of the core, beside the port';
const DETAIL =
  'details of an error and whether a retry may help are hints for people and for the core, which no port demands';
const LISTENER =
  'the listener of an aborted signal is called once at most: the option only lets go of it earlier';
const OWN_LIMIT = 'a limit of this adapter, which is in its own options';

const MEMORY = {
  files: 'adapters/file-store/memory/memory-file-store.ts',
  logger: 'adapters/logger/memory/memory-logger.ts',
  transport: 'adapters/transport/memory/memory-transport.ts',
  tool: 'adapters/media-tool/memory/memory-media-tool.ts',
  audit: 'adapters/audit-log/memory/memory-audit-log.ts',
  bus: 'adapters/event-bus/memory/memory-event-bus.ts',
  clock: 'adapters/clock/manual/manual-clock.ts',
  grabber: 'adapters/frame-grabber/memory/memory-grabber.ts',
  metrics: 'adapters/metrics-sink/memory/memory-metrics-sink.ts',
  probe: 'adapters/camera-probe/memory/memory-probe.ts',
  segments: 'adapters/segment-log/memory/memory-segment-log.ts',
  source: 'adapters/device-event-source/memory/memory-source.ts',
  state: 'adapters/state-store/memory/memory-state-store.ts',
};

export const ACCEPTED: readonly Accepted[] = [
  { file: MEMORY.audit, at: "'OPTION_INVALID'", why: OWN_LIMIT },
  { file: MEMORY.audit, at: 'maxEntries < 1', why: OWN_LIMIT },
  { file: MEMORY.audit, at: 'maxEntries * 2', why: OWN_LIMIT },
  { file: MEMORY.audit, at: 'entries: () =>', why: HANDLE },
  { file: MEMORY.audit, at: "feature: 'append before start'", why: DETAIL },
  { file: MEMORY.audit, at: 'retryable: true', why: DETAIL },

  {
    file: MEMORY.bus,
    at: 'waiting.length >= MAX_WAITING',
    why: 'a last resort against listeners that publish endlessly',
  },

  { file: MEMORY.clock, at: 'order++', why: 'the port says nothing of timers that are due at the same time' },
  {
    file: MEMORY.clock,
    at: 'timer.dueMs',
    why: 'as for the order, and where advance() ends is a matter of the manual clock',
  },
  {
    file: MEMORY.clock,
    at: 'first === undefined ||',
    why: 'as for the order: timers are kept as they were made',
  },
  { file: MEMORY.clock, at: 'setWallClock', why: HANDLE },
  { file: MEMORY.clock, at: 'get pending()', why: HANDLE },
  { file: MEMORY.clock, at: "removeEventListener('abort'", why: 'it only lets go of the signal earlier' },
  { file: MEMORY.clock, at: '{ once: true }', why: LISTENER },
  {
    file: MEMORY.clock,
    at: 'SETTLE_TURNS',
    why: 'how many turns of the event loop advance() waits is a matter of the manual clock',
  },
  { file: MEMORY.clock, at: 'async function settle()', why: 'as for its turns' },

  { file: MEMORY.files, at: "'STORAGE_FULL'", why: OWN_LIMIT },
  { file: MEMORY.files, at: 'requiredBytes > availableBytes', why: OWN_LIMIT },
  { file: MEMORY.files, at: 'availableBytes()', why: OWN_LIMIT },
  { file: MEMORY.files, at: 'this.quarantinedBytes +=', why: OWN_LIMIT },
  { file: MEMORY.files, at: 'used += bytes.byteLength', why: OWN_LIMIT },
  { file: MEMORY.files, at: 'this.totalBytes - used', why: OWN_LIMIT },
  {
    file: MEMORY.files,
    at: 'supports: { paths: false',
    only: ['BooleanLiteral'],
    why: 'the world has no second process that could look whether files persist',
  },
  { file: MEMORY.files, at: 'stop: () => Promise.resolve()', why: 'who awaits it cannot tell' },
  { file: MEMORY.files, at: "feature: 'paths'", why: DETAIL },
  { file: MEMORY.files, at: 'detail: { filename }', why: DETAIL },
  { file: MEMORY.files, at: 'at < part.end', why: 'a chunk without bytes changes nothing for who reads' },
  { file: MEMORY.files, at: '?.createdAt ?? now', why: 'only the handle for tests replaces a file' },
  { file: MEMORY.files, at: 'if (isFileName(filename)) for', why: 'there may be more calls than changes' },

  { file: MEMORY.logger, at: 'capacity', why: OWN_LIMIT },
  { file: MEMORY.logger, at: "options.level ?? 'debug'", why: 'the level to begin with is in the options' },
  { file: MEMORY.logger, at: 'flush: () =>', why: 'who awaits it cannot tell' },
  { file: MEMORY.logger, at: 'clear: () =>', why: HANDLE },

  { file: MEMORY.tool, at: "format === 'unknown'", why: 'files of the world are either media or fail' },
  {
    file: MEMORY.tool,
    at: "'TOOL_FAILED', { message: 'the file",
    why: 'files of the world are either media or fail',
  },
  { file: MEMORY.tool, at: 'facts === undefined ?', why: HANDLE },
  { file: MEMORY.tool, at: 'paused.get(path)', why: HANDLE },
  { file: MEMORY.tool, at: 'get: (path)', why: HANDLE },
  { file: MEMORY.tool, at: 'message:', why: DETAIL },
  { file: MEMORY.tool, at: 'wanted >= width', why: 'the same size either way' },
  { file: MEMORY.tool, at: "'latin1'", why: 'the same bytes either way' },
  { file: MEMORY.tool, at: "MEMORY_MEDIA_TOOL = 'memory'", why: 'the suite does not look at the name' },

  { file: MEMORY.grabber, at: 'grabs', why: HANDLE },
  { file: MEMORY.grabber, at: '{ once: true }', why: LISTENER },

  { file: MEMORY.metrics, at: 'book.find(name, labels)', why: HANDLE },
  { file: MEMORY.metrics, at: 'find(name: string', why: HANDLE },
  {
    file: MEMORY.metrics,
    at: 'this.metrics.get(name)',
    why: 'only handles and what the catalogue has accepted come here',
  },
  { file: MEMORY.metrics, at: ".join('\\n'),", why: 'empty lines between metrics are part of the format' },
  { file: MEMORY.metrics, at: 'metric === undefined', why: 'the catalogue has refused the name before' },
  {
    file: MEMORY.metrics,
    at: 'metric.declaration.buckets',
    why: 'what is in a bucket that nobody observed is taken for 0',
  },
  { file: MEMORY.metrics, at: 'names.length === 0', why: 'a key of its own: any text does' },
  { file: MEMORY.metrics, at: 'buckets?.forEach', why: 'no histogram without buckets is in the catalogue' },
  { file: MEMORY.metrics, at: "'memory'", why: 'the port has no name' },

  { file: MEMORY.probe, at: 'calls', why: HANDLE },
  { file: MEMORY.probe, at: 'answer instanceof PortError', why: HANDLE },
  { file: MEMORY.probe, at: 'answer === undefined', why: HANDLE },
  { file: MEMORY.probe, at: 'holder !== undefined', why: DETAIL },
  { file: MEMORY.probe, at: 'holder === undefined', why: HANDLE },
  { file: MEMORY.probe, at: 'is not there', why: DETAIL },
  { file: MEMORY.probe, at: "driver: 'memory'", why: 'the names of an invented camera' },
  { file: MEMORY.probe, at: "card: 'Memory camera'", why: 'the names of an invented camera' },
  { file: MEMORY.probe, at: "bus: ''", why: 'the names of an invented camera' },
  { file: MEMORY.probe, at: "'Motion-JPEG'", why: 'the names of an invented camera' },
  { file: MEMORY.probe, at: 'compressed: true', why: 'no suite knows all pixel formats that there are' },
  { file: MEMORY.probe, at: '[30, 15]', why: 'rates may be unknown' },

  { file: MEMORY.segments, at: 'retryable: true', why: DETAIL },
  { file: MEMORY.segments, at: 'at < kept.length', why: 'a batch may be empty' },
  { file: MEMORY.segments, at: 'events: () =>', why: HANDLE },
  { file: MEMORY.segments, at: "feature: 'use before start'", why: DETAIL },

  { file: MEMORY.source, at: 'table.get(source.key) === undefined', why: HANDLE },

  { file: MEMORY.transport, at: '{ once: true }', why: LISTENER },
  { file: MEMORY.transport, at: 'the memory transport is not started', why: HANDLE },
  { file: MEMORY.transport, at: 'if (this.#rpc === undefined)', why: HANDLE },
  { file: MEMORY.transport, at: 'this.#clients.delete(client)', why: 'what is closed may be closed again' },
  { file: MEMORY.transport, at: "'stopping'", why: DETAIL },
  {
    file: MEMORY.transport,
    at: 'Buffer.byteLength(text) > messageBytes',
    why: 'no suite knows how large the message around a text is',
  },
  {
    file: MEMORY.transport,
    at: "'INVALID_REQUEST'",
    why: 'what is too large may be answered with any error, or by disconnecting',
  },
  { file: MEMORY.transport, at: 'this.#listeners.delete(listener)', why: HANDLE },
  {
    file: MEMORY.transport,
    at: 'if (this.#gone.signal.aborted) return;',
    why: 'sessions may be closed again, and nobody hears what comes late',
  },
  { file: MEMORY.transport, at: 'if (!outcome.ok)', why: 'both ways copy all that a failure has' },
  {
    file: MEMORY.transport,
    at: "this.#refuse('INTERNAL')",
    why: 'an unknown code is INTERNAL for the service, too',
  },
  {
    file: MEMORY.transport,
    at: 'this.#waitingBytes > this.#rpc.limits',
    only: ['EqualityOperator'],
    why: 'a byte more or less',
  },

  { file: MEMORY.state, at: "'STORAGE_FULL'", why: OWN_LIMIT },
  { file: MEMORY.state, at: 'availableBytes', why: OWN_LIMIT },
  { file: MEMORY.state, at: 'capacity', why: OWN_LIMIT },
  { file: MEMORY.state, at: 'other !== key', why: OWN_LIMIT },
  { file: MEMORY.state, at: 'this.#version += 1', why: 'versions only have to differ' },
  { file: MEMORY.state, at: 'it is created again', why: DETAIL },
  { file: MEMORY.state, at: "'STATE_CORRUPT', {", why: DETAIL },
  { file: MEMORY.state, at: 'detail: { key, remedy }', why: DETAIL },
];
