/** Packets that are no telemetry: a decoder tells so, and answers at once. */
import { TELEMETRY_LIMITS, type TelemetryDecoder, type TelemetryStream } from '../../ports/index.js';
import { readTelemetry } from '../../plugins/guard/telemetry-shape.js';
import type { Bench } from './bench.js';
import { start } from './life-trials.js';
import { Failed, NotApplicable, words } from './row.js';
import type { Trial } from './trial.js';
import { END_WITHIN_MS, mustResolve, mustStart } from './wait.js';
import { never } from './world.js';

/** Every camera waits meanwhile; a busy machine gets more than the service allows. */
const DECODE_MS = 2_000;
const { packetBytes } = TELEMETRY_LIMITS;

const PACKETS: Readonly<Record<string, Uint8Array>> = {
  'an empty packet': new Uint8Array(),
  'a single byte': Uint8Array.of(6),
  'zeros up to the limit': new Uint8Array(packetBytes),
  'ones up to the limit': new Uint8Array(packetBytes).fill(0xff),
  'a text': new TextEncoder().encode('telemetry? '.repeat(1_000)),
  'numbers that rise': Uint8Array.from({ length: 65_536 }, (_, at) => at % 251),
  'more than the limit': new Uint8Array(packetBytes + 1),
};

async function streams(bench: Bench): Promise<readonly (readonly [string, TelemetryStream])[]> {
  const adapter = await bench.make();
  if (adapter.start !== undefined) await mustStart(() => start(adapter, never()));
  const decoder = adapter as unknown as TelemetryDecoder;
  const { encodings } = decoder.supports;
  if (encodings.length === 0) throw new NotApplicable('it supports no encoding');
  return Promise.all(
    encodings.map(async (encoding) => {
      const opened = await mustResolve(() => decoder.open(encoding, never()), 'open', END_WITHIN_MS);
      return [encoding, opened as TelemetryStream] as const;
    }),
  );
}

async function nonsense(bench: Bench): Promise<void> {
  for (const [encoding, stream] of await streams(bench))
    for (const [what, data] of Object.entries(PACKETS)) decoded(stream, data, `${what} as ${encoding}`);
}

/** @throws Failed for a decoder that throws, returns something else than its port says, or takes too long. */
function decoded(stream: TelemetryStream, data: Uint8Array, what: string): void {
  const from = performance.now();
  let result: unknown;
  try {
    result = stream.decode({ data, arrivedAt: 0 });
  } catch (cause) {
    throw new Failed(`decode threw ${words(cause)} for ${what}; it must tell a problem`);
  }
  const tookMs = performance.now() - from;
  if (tookMs > DECODE_MS)
    throw new Failed(`decode took ${String(Math.round(tookMs))} ms for ${what}, and everything waits for it`);
  try {
    readTelemetry(result);
  } catch (cause) {
    throw new Failed(`decode returned an invalid value for ${what}: ${words(cause)}`);
  }
}

export const TELEMETRY: readonly Trial[] = [
  { what: 'decode for bytes that are no telemetry', run: nonsense },
];
