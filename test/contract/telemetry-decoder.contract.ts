import { expect } from 'chai';
import {
  TELEMETRY_LIMITS,
  type TelemetryDecoder,
  type TelemetryPacket,
  type TelemetryResult,
  type TelemetryStream,
  type TelemetryValue,
} from '../../ports/telemetry-decoder.js';
import { collectGarbage } from '../../plugins/leftovers/collect-garbage.js';
import { identityTrait, isKinds } from './identity.trait.js';
import { leavesNothing } from './left-open.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';
import { before, failure } from './outcome.js';
import { afterEach, contractSuite, describe, it, timeout } from './runner.contract.js';
import {
  expectSound,
  FACTOR,
  isDoubted,
  isLinear,
  longPackets,
  mutated,
  randomBytes,
  randomFrom,
} from './telemetry-decoder.hostile.js';

/** Messages of an encoding, as a feed delivers them. */
export interface TelemetryWorld {
  create(): TelemetryDecoder | Promise<TelemetryDecoder>;
  /** The encoding of the packets, one that the decoder supports. */
  readonly encoding: string;
  /** A packet with one whole message and no padding; the messages of different numbers from 0 differ. */
  packet(index: number): Uint8Array;
  /** What the decoder must make of this message, by the identifiers of fields: some of them, exactly as they are returned. */
  valuesOf(index: number): Readonly<Record<string, TelemetryValue>>;
  /** Several packets as one, if the encoding allows more than one message in a packet. */
  join?(packets: readonly Uint8Array[]): Uint8Array;
  /** The message with another content than it was sent with. Left out if the encoding has no checksum. */
  damaged?(index: number): Uint8Array;
  /** How soon a decoder is opened, in milliseconds. */
  readonly withinMs: number;
}

const ARRIVED_AT = Date.UTC(2026, 0, 1);
const MUTANTS = 2_000;
const LARGEST = 256 * 1024;
const KEPT = 32;
const never = (): AbortSignal => new AbortController().signal;

const packetOf = (data: Uint8Array): TelemetryPacket => ({ data, mediaTime: 1.5, arrivedAt: ARRIVED_AT });

/** What every TelemetryDecoder does. */
export const telemetryDecoderContract = contractSuite((name, world: TelemetryWorld) => {
  describe(`${name} as a TelemetryDecoder`, () => {
    timeout(world.withinMs * 3 + 60_000);
    const made: TelemetryDecoder[] = [];
    const decoder = async (): Promise<TelemetryDecoder> => {
      const created = await world.create();
      made.push(created);
      await created.start?.(never());
      return created;
    };
    const open = async (): Promise<Decode> => {
      const stream = await before((await decoder()).open(world.encoding, never()), world.withinMs);
      return decoding(stream);
    };
    afterEach(async () => {
      for (const each of made.splice(0)) await each.stop?.(never());
    });
    const suite: Suite = { world, decoder, open };

    identityTrait(() => world.create(), { encodings: isKinds });
    optionalLifecycleTrait(async () => await world.create(), world.withinMs);
    opening(suite);
    messages(suite);
    streams(suite);
    damage(suite);
    cost(suite);
  });
});

type Decode = (data: Uint8Array) => TelemetryResult;

interface Suite {
  readonly world: TelemetryWorld;
  decoder(): Promise<TelemetryDecoder>;
  open(): Promise<Decode>;
}

function decoding(stream: TelemetryStream): Decode {
  return (data) => stream.decode(packetOf(data));
}

function opening({ world, decoder }: Suite): void {
  it('[opens] opens a decoder for the encodings that it supports, and refuses any other', async () => {
    const created = await decoder();
    expect(created.supports.encodings).to.include(world.encoding);
    for (const encoding of created.supports.encodings)
      expect(await before(created.open(encoding, never()), world.withinMs)).to.have.property('decode');
    // Taken apart, so that an error thrown by the call itself is not mistaken for a rejection.
    const asked = created.open('no-such-encoding', never());
    expect(await failure(asked)).to.have.property('code', 'UNSUPPORTED');
  });

  it('[aborts] fails with the reason of the signal', async () => {
    const reason = new Error('too late');
    const asked = (await decoder()).open(world.encoding, AbortSignal.abort(reason));
    expect(await before(failure(asked), world.withinMs)).to.equal(reason);
  });

  it('[leaves-nothing] leaves nothing open when it has decoded', async () => {
    const created = await decoder();
    await leavesNothing(async () => {
      const stream = await created.open(world.encoding, never());
      stream.decode(packetOf(world.packet(0)));
      await created.stop?.(never());
    }, world.withinMs);
  });
}

function messages({ world, open }: Suite): void {
  it('[decodes] decodes each message to one record with its fields, and finds nothing wrong with it', async () => {
    const decode = await open();
    for (const index of [0, 1, 2]) {
      const result = decode(world.packet(index));
      expect(result.problems).to.deep.equal([]);
      expect(result.records).to.have.lengthOf(1);
      const [record] = result.records;
      expect(record?.problems).to.deep.equal([]);
      expect(record?.checksum).to.be.oneOf(world.damaged === undefined ? ['valid', 'absent'] : ['valid']);
      expectValues(result, world.valuesOf(index));
    }
  });

  it('[plain-data] returns plain data within the limits, with names for everything', async () => {
    const decode = await open();
    for (const index of [0, 1, 2]) expectSound(decode(world.packet(index)));
  });

  it('[at-once] returns its result, not a promise of it', async () => {
    const decode = await open();
    expect(decode(world.packet(0))).not.to.have.property('then');
  });

  if (world.join !== undefined) {
    it('[several] decodes all messages of a packet, in their order', async () => {
      const indexes = [2, 0, 1];
      const packet = world.join?.(indexes.map((index) => world.packet(index))) ?? new Uint8Array();
      const { records, problems } = (await open())(packet);
      expect(problems).to.deep.equal([]);
      expect(records).to.have.lengthOf(indexes.length);
      indexes.forEach((index, at) =>
        expectValues({ records: records.slice(at, at + 1), problems }, world.valuesOf(index)),
      );
    });
  }

  it('[owns-result] neither changes the packet nor depends on it afterwards', async () => {
    const decode = await open();
    const packet = world.packet(0);
    const copy = packet.slice();
    const result = decode(packet);
    expect(packet).to.deep.equal(copy);
    packet.fill(0);
    expectValues(result, world.valuesOf(0));
  });

  it('[keeps-result] returns results that later packets do not change', async () => {
    const decode = await open();
    const first = decode(world.packet(0));
    const copy = structuredClone(first);
    decode(world.packet(1));
    expect(first).to.deep.equal(copy);
  });
}

function expectValues({ records }: TelemetryResult, values: Readonly<Record<string, TelemetryValue>>): void {
  const fields = records[0]?.fields ?? [];
  const found = Object.keys(values).map(
    (id) => [id, fields.find((field) => field.id === id)?.value] as const,
  );
  expect(Object.fromEntries(found)).to.deep.equal(values);
}

function streams({ world, decoder, open }: Suite): void {
  it('[independent] keeps streams apart', async () => {
    const created = await decoder();
    const one = decoding(await created.open(world.encoding, never()));
    const other = decoding(await created.open(world.encoding, never()));
    const alone = await open();
    const random = randomFrom(5);
    for (const index of [0, 1, 2]) {
      const expected = alone(world.packet(index));
      one(randomBytes(random, 300));
      one(world.packet(index + 3));
      expect(other(world.packet(index))).to.deep.equal(expected);
    }
  });

  it('[recovers] decodes a message in the same way after bytes that are none', async () => {
    const expected = (await open())(world.packet(1));
    const decode = await open();
    const random = randomFrom(11);
    for (const bytes of [randomBytes(random, 500), world.packet(0).subarray(0, -1), new Uint8Array()])
      decode(bytes);
    expect(decode(world.packet(1))).to.deep.equal(expected);
  });
}

function damage({ world, open }: Suite): void {
  it('[truncated] tells that a message is incomplete, wherever it was cut', async () => {
    const whole = world.packet(0);
    for (let length = 1; length < whole.length; length++) {
      const result = (await open())(whole.subarray(0, length));
      expectSound(result);
      expect(isDoubted(result), `a problem at ${String(length)} bytes`).to.equal(true);
    }
  });

  it('[nonsense] tells that bytes are no message, and takes an empty packet', async () => {
    const decode = await open();
    const random = randomFrom(3);
    expectSound(decode(new Uint8Array()));
    for (let round = 0; round < 200; round++) {
      const result = decode(randomBytes(random, 1 + Math.floor(random() * 600)));
      expectSound(result);
      expect(isDoubted(result), 'a problem').to.equal(true);
    }
  });

  it('[mutated] never throws for a message that was changed on its way', async () => {
    const decode = await open();
    const random = randomFrom(1);
    for (let round = 0; round < MUTANTS; round++)
      expectSound(decode(mutated(world.packet(round % 3), random)));
  });

  const { damaged } = world;
  if (damaged !== undefined) {
    it('[checksum] reports a checksum that does not fit the content', async () => {
      const decode = await open();
      for (const index of [0, 1, 2]) {
        const { records } = decode(damaged(index));
        expect(records.map(({ checksum }) => checksum)).not.to.include('valid');
        expect(records.flatMap(({ problems }) => problems)).not.to.have.lengthOf(0);
      }
    });
  }

  it('[oversized] does not decode packets above the limit, and tells so', async () => {
    const decode = await open();
    for (const packet of Object.values(longPackets(world, TELEMETRY_LIMITS.packetBytes + 1))) {
      const result = decode(packet);
      expectSound(result);
      expect(result.records).to.deep.equal([]);
      expect(result.problems).not.to.have.lengthOf(0);
    }
  });
}

function cost({ world, open }: Suite): void {
  it('[bounded] returns no more than the limits allow, however much a packet contains', async () => {
    const decode = await open();
    for (const packet of Object.values(longPackets(world, TELEMETRY_LIMITS.packetBytes)))
      expectSound(decode(packet));
  });

  it('[linear] takes time in proportion to the length of a packet', async () => {
    const decode = await open();
    const small = longPackets(world, LARGEST / FACTOR);
    for (const [what, large] of Object.entries(longPackets(world, LARGEST)))
      expect(isLinear(decode, small[what] ?? new Uint8Array(), large), what).to.equal(true);
  });

  it('[forgets] keeps neither packets nor results', async () => {
    const decode = await open();
    const seen: WeakRef<object>[] = [];
    for (let index = 0; index < KEPT; index++) {
      const packet = world.packet(index % 3).slice();
      seen.push(new WeakRef(packet), new WeakRef(decode(packet).records));
    }
    // What was looked at in the same turn is not collected.
    await new Promise((resolve) => setTimeout(resolve, 1));
    collectGarbage();
    expect(seen.filter((each) => each.deref() !== undefined).length, 'kept').to.be.below(seen.length / 4);
  });
}
