import type {
  TelemetryDecoder,
  TelemetryPacket,
  TelemetryResult,
  TelemetryStream,
} from '../../ports/index.js';
import { GuardedLife, type Guard } from './guarded.js';
import { ShapeError, type Read } from './shapes.js';
import { readTelemetry } from './telemetry-shape.js';

/** Nothing else goes on meanwhile: a call that takes so long has held up every camera. */
const DECODE_LIMIT_MS = 1_000;
const LOST: TelemetryResult = {
  records: [],
  problems: [{ code: 'decoder_failed', message: 'the decoder failed; health names it' }],
};

const readStream: Read<TelemetryStream> = (value) => {
  const stream = value as Partial<TelemetryStream> | null | undefined;
  if (typeof stream?.decode === 'function') return stream as TelemetryStream;
  throw new ShapeError('it must be an object with decode()');
};

/** A decoder that fails costs the telemetry of its feeds, and nothing else of them. */
export class GuardedDecoder implements TelemetryDecoder {
  readonly name: string;
  readonly supports: TelemetryDecoder['supports'];
  readonly start?: (signal: AbortSignal) => Promise<void>;
  readonly stop?: (signal: AbortSignal) => Promise<void>;
  readonly #adapter: TelemetryDecoder;
  readonly #guard: Guard;
  readonly #life: GuardedLife;

  constructor(adapter: TelemetryDecoder, guard: Guard) {
    this.name = adapter.name;
    this.supports = adapter.supports;
    this.#adapter = adapter;
    this.#guard = guard;
    this.#life = new GuardedLife(guard, adapter);
    Object.assign(this, this.#life.methods());
  }

  async open(encoding: string, signal: AbortSignal): Promise<TelemetryStream> {
    await this.#life.ensureUp(signal);
    const watched = { method: 'open', signal, read: readStream };
    const stream = await this.#guard.call((inner) => this.#adapter.open(encoding, inner), watched);
    return { decode: (packet) => this.#decode(stream, packet) };
  }

  #decode(stream: TelemetryStream, packet: TelemetryPacket): TelemetryResult {
    const from = this.#guard.clock.monotonicMs();
    const result = this.#guard.now(
      () => stream.decode(packet),
      { method: 'decode', read: readTelemetry },
      LOST,
    );
    const tookMs = this.#guard.clock.monotonicMs() - from;
    if (tookMs > DECODE_LIMIT_MS)
      this.#guard.fault('decode', `blocked the service for ${String(Math.round(tookMs))} ms`);
    return result;
  }
}
