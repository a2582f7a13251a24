/** How the cost of something grows with its input. Processor time, not wall-clock time: a busy machine does not change it much. */
import { expect } from 'chai';

export interface Growth<T> {
  /** Makes an input of about this size. Not measured. */
  readonly make: (size: number) => T;
  readonly run: (input: T) => unknown;
  /** The largest size to try. Large enough that quadratic work would be seen from far away. */
  readonly largest: number;
}

const ROUNDS = 5;
const TRIES = 3;
/** Less than this for the largest input cannot be quadratic: it would be a thousand times as much. */
const NOTHING_MS = 1;
/** Four times the input: linear work takes 4 times as long, work of n log n hardly more, quadratic work 16 times. */
const FACTOR = 4;
const BOUND = 9;
/**
 * An input that has outgrown a cache of the processor, or that wakes the garbage collector, costs more once; quadratic work costs more
 * at each step. So what exceeds the bound must also exceed that of two steps.
 */
const STEPS_BOUND = BOUND ** 2;

/** Expects that the cost grows about as the input does. */
export async function expectLinear<T>({ make, run, largest }: Growth<T>, about = ''): Promise<void> {
  const large = make(largest);
  if (Math.min(await cpuMs(run, large), await cpuMs(run, large)) < NOTHING_MS) return;
  const small = make(Math.floor(largest / FACTOR));
  const ratios: number[] = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const ratio = await medianRatio(run, small, large);
    if (ratio < BOUND) return;
    ratios.push(ratio);
  }
  const least = make(Math.floor(largest / FACTOR ** 2));
  if ((await medianRatio(run, least, large)) < STEPS_BOUND) return;
  expect.fail(
    `${about}: four times the input cost ${ratios.map((ratio) => ratio.toFixed(1)).join(', ')} times as much`,
  );
}

/** Each pair is measured at one time, so that a machine that is slower for a while changes both. */
async function medianRatio<T>(run: (input: T) => unknown, small: T, large: T): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await cpuMs(run, small);
    const many = await cpuMs(run, large);
    const after = await cpuMs(run, small);
    ratios.push(many / Math.max((before + after) / 2, 0.001));
  }
  return ratios.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Infinity;
}

async function cpuMs<T>(run: (input: T) => unknown, input: T): Promise<number> {
  const before = process.cpuUsage();
  await run(input);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What to repeat: pieces that begin something again and again, or that nearly end it. */
export const PUMPS: readonly string[] = [
  ...[
    'a',
    '0',
    'é',
    '📷',
    ' ',
    '\t',
    '\n',
    '\r',
    '\0',
    '\\',
    '"',
    "'",
    '/',
    '//',
    '.',
    '..',
    '../',
    ',',
    ';',
    ':',
  ],
  ...[
    '-',
    '_',
    '=',
    '&',
    '?',
    '#',
    '%',
    '%2e',
    '@',
    '~',
    '~1',
    '+',
    '*',
    '(',
    '[',
    '{',
    '<',
    '!',
    '|',
    '^',
    '$',
  ],
  ...[
    'a.',
    '.a',
    'a-',
    'a ',
    'a=',
    '?key',
    '?token',
    '&token=',
    'token',
    'password',
    'nonce=x&',
    'eyJ-',
    'eyJaaaaaaaa.',
  ],
  ...[
    '://',
    'a://',
    'a.a://',
    '://a@',
    '//a',
    'http://a?',
    'Bearer ',
    'Basic ',
    'bytes=',
    '0-',
    '0-1,',
    'W/"',
    '"a",',
  ],
  ...[
    '"message":"',
    '"}',
    '"}\\',
    '"level":"',
    'listen tcp',
    'listen tcp a:1',
    'unix:',
    'does not support',
    '::ffff:',
    '1.',
  ],
  ...[
    '[[',
    '{"a":',
    '- ',
    '? ',
    'a: ',
    '&a ',
    '*a ',
    '!!a ',
    '| ',
    '> ',
    '\n ',
    '\n- ',
    '\na:',
    'frame=',
    'frame=\n',
    'ACTION=',
  ],
];

/** Tries every pump for something that takes a text. */
export async function expectLinearText(
  run: (text: string) => unknown,
  options: {
    readonly largest?: number;
    readonly around?: readonly [string, string];
    readonly pumps?: readonly string[];
  } = {},
): Promise<void> {
  const { largest = 65_536, around: [before, behind] = ['', '\u0001'], pumps = PUMPS } = options;
  for (const pump of pumps) {
    const make = (size: number): string => `${before}${pump.repeat(Math.ceil(size / pump.length))}${behind}`;
    await expectLinear({ make, run, largest }, JSON.stringify(before + pump));
  }
}

/** For calls that may refuse; how they end is not what is looked at. */
export function anyway(run: (text: string) => unknown): (text: string) => Promise<void> {
  return async (text) => {
    try {
      await run(text);
    } catch {
      return;
    }
  };
}
