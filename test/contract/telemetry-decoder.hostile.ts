/** Packets that nobody should send, and what a decoder may answer to them. */
import { expect } from 'chai';
import {
  TELEMETRY_LIMITS,
  type TelemetryField,
  type TelemetryProblem,
  type TelemetryRecord,
  type TelemetryResult,
} from '../../ports/telemetry-decoder.js';

/** Numbers from 0 to 1 that are the same in each run. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomBytes(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** @returns the packet with a few bytes changed, left out, or put in. */
export function mutated(packet: Uint8Array, random: () => number): Uint8Array {
  const bytes = [...packet];
  const changes = 1 + Math.floor(random() * 4);
  for (let change = 0; change < changes; change++) {
    const at = Math.floor(random() * bytes.length);
    const value = Math.floor(random() * 256);
    const kind = random();
    if (kind < 0.6) bytes[at] = value;
    else if (kind < 0.75) bytes.splice(at, 1 + Math.floor(random() * 8));
    else if (kind < 0.9) bytes.splice(at, 0, value, value);
    else bytes.length = at;
  }
  return Uint8Array.from(bytes);
}

/** The bytes again and again, up to the length. */
function repeated(packet: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => packet[at % packet.length] ?? 0);
}

/** What a world has of messages. */
interface Messages {
  packet(index: number): Uint8Array;
  join?(packets: readonly Uint8Array[]): Uint8Array;
}

/** Packets of this length, each of a kind that some decoder may be slow at. */
export function longPackets(world: Messages, length: number): Readonly<Record<string, Uint8Array>> {
  const packet = world.packet(0);
  const count = Math.ceil(length / packet.length);
  const whole = world.join?.(Array.from({ length: count }, () => packet)) ?? packet;
  return {
    zeros: new Uint8Array(length),
    ones: new Uint8Array(length).fill(0xff),
    random: randomBytes(randomFrom(7), length),
    'whole messages': repeated(whole, length),
    'beginnings of messages': repeated(packet.subarray(0, Math.ceil(packet.length / 2)), length),
  };
}

const WORDS = /^[a-z0-9]+(_[a-z0-9]+)*$/;

/** Expects plain data within the limits of the port. */
export function expectSound(result: TelemetryResult): void {
  const { characters, records } = TELEMETRY_LIMITS;
  const text = JSON.stringify(result);
  expect(JSON.parse(text), 'it is the same as JSON').to.deep.equal(result);
  expect(text.length, 'characters').to.be.at.most(characters);
  expect(result.records, 'records').to.be.an('array');
  expect(result.records.length, 'records').to.be.at.most(records);
  expectProblems(result.problems);
  for (const record of result.records) expectRecord(record);
}

function expectRecord({ standard, checksum, timestamp, fields, problems }: TelemetryRecord): void {
  expect(standard, 'standard').to.be.a('string').and.not.equal('');
  expect(checksum, 'checksum').to.be.oneOf(['valid', 'invalid', 'absent']);
  if (timestamp !== undefined) expect(timestamp, 'timestamp').to.satisfy(Number.isFinite).and.be.at.least(0);
  expect(fields, 'fields').to.be.an('array');
  expect(fields.length, 'fields').to.be.at.most(TELEMETRY_LIMITS.fields);
  for (const field of fields) expectField(field);
  expectProblems(problems);
}

function expectField({ id, name, value, unit }: TelemetryField): void {
  for (const word of [id, name, unit ?? 'none']) expect(word, 'a word').to.be.a('string').and.not.equal('');
  expect(depthOf(value), `depth of ${id}`).to.be.at.most(TELEMETRY_LIMITS.depth);
}

function expectProblems(problems: readonly TelemetryProblem[]): void {
  expect(problems, 'problems').to.be.an('array');
  expect(problems.length, 'problems').to.be.at.most(TELEMETRY_LIMITS.problems);
  for (const { code, message } of problems) {
    expect(code, 'code').to.match(WORDS);
    expect(message, 'message').to.be.a('string').and.not.equal('');
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** Whether anything is wrong with what was decoded. */
export function isDoubted({ records, problems }: TelemetryResult): boolean {
  return (
    problems.length > 0 || records.some((each) => each.problems.length > 0 || each.checksum === 'invalid')
  );
}

/** Less than this cannot be anything but linear. */
const NOTHING_MS = 3;
const ROUNDS = 3;
const TRIES = 3;
/** Four times the input: linear work takes 4 times as long, quadratic work 16 times. */
export const FACTOR = 4;
const BOUND = 10;

/** How many times as long the large input takes, in processor time; the least of several tries. Below the bound it is linear. */
export function isLinear(run: (input: Uint8Array) => unknown, small: Uint8Array, large: Uint8Array): boolean {
  if (Math.min(cpuMs(run, large), cpuMs(run, large)) < NOTHING_MS) return true;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const ratios = Array.from({ length: ROUNDS }, () => {
      const before = cpuMs(run, small);
      return cpuMs(run, large) / Math.max(before, cpuMs(run, small), 0.001);
    });
    if (Math.min(...ratios) < BOUND) return true;
  }
  return false;
}

function cpuMs(run: (input: Uint8Array) => unknown, input: Uint8Array): number {
  const from = process.cpuUsage();
  run(input);
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}
