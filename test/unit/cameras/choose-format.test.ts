import { expect } from 'chai';
import { chooseFormat, type FormatChoice, type FormatWish } from '../../../core/cameras/choose-format.js';
import type { CameraCapabilities, PixelFormat } from '../../../ports/index.js';

type Size = readonly [width: number, height: number, ...fps: number[]];

function format(pixelFormat: string, ...sizes: readonly Size[]): PixelFormat {
  return {
    pixelFormat,
    description: pixelFormat,
    compressed: pixelFormat !== 'YUYV',
    sizes: sizes.map(([width, height, ...fps]) => ({ width, height, fps })),
  };
}

function choose(formats: readonly PixelFormat[], wish: FormatWish): FormatChoice | undefined {
  const capabilities: CameraCapabilities = { driver: 'd', card: 'c', bus: '', formats, controls: [] };
  return chooseFormat(capabilities, wish);
}

function words(choice: FormatChoice | undefined): string | undefined {
  if (!choice) return undefined;
  const { pixelFormat, width, height, fps } = choice.format;
  return `${pixelFormat} ${String(width)}x${String(height)}@${String(fps)}`;
}

type Case = readonly [what: string, formats: readonly PixelFormat[], expected: string | undefined];

const HD = { size: { width: 1280, height: 720 }, fps: 30, encodePixelsPerSecond: 1 };

describe('chooseFormat, with a configured size and rate', () => {
  const cases: readonly Case[] = [
    [
      'takes the exact size, whatever the machine sustains',
      [format('MJPG', [640, 480, 30], [1280, 720, 30], [1920, 1080, 30])],
      'MJPG 1280x720@30',
    ],
    [
      'takes the largest below the wish',
      [format('MJPG', [320, 240, 30], [800, 600, 30], [1920, 1080, 30])],
      'MJPG 800x600@30',
    ],
    [
      'takes the smallest when all are larger',
      [format('MJPG', [3840, 2160, 30], [1920, 1080, 30])],
      'MJPG 1920x1080@30',
    ],
    [
      'prefers the size over H.264 in another one',
      [format('H264', [640, 480, 30]), format('MJPG', [1280, 720, 30])],
      'MJPG 1280x720@30',
    ],
    [
      'prefers the format that reaches the rate',
      [format('YUYV', [1280, 720, 10]), format('MJPG', [1280, 720, 30])],
      'MJPG 1280x720@30',
    ],
    [
      'prefers the rate nearest to the wish',
      [format('MJPG', [1280, 720, 60]), format('YUYV', [1280, 720, 30, 15])],
      'YUYV 1280x720@30',
    ],
    [
      'prefers H.264, then JPEG, then the rest',
      [format('YUYV', [1280, 720, 30]), format('MJPG', [1280, 720, 30]), format('H264', [1280, 720, 30])],
      'H264 1280x720@30',
    ],
    [
      'takes the fastest rate that is not above the wish',
      [format('MJPG', [1280, 720, 60, 25, 15])],
      'MJPG 1280x720@25',
    ],
    ['takes 30.0003 for 30', [format('MJPG', [1280, 720, 30.0003, 15])], 'MJPG 1280x720@30.0003'],
    [
      'takes the slowest when all are above the wish',
      [format('MJPG', [1280, 720, 120, 60])],
      'MJPG 1280x720@60',
    ],
    ['asks for the wish when the camera tells no rate', [format('MJPG', [1280, 720])], 'MJPG 1280x720@30'],
    [
      'leaves out formats that no capture takes',
      [format('Y16 ', [1280, 720, 30]), format('GREY', [640, 480, 30])],
      'GREY 640x480@30',
    ],
    ['takes such a format when there is no other', [format('Y16 ', [640, 480, 30])], 'Y16  640x480@30'],
    ['finds nothing in nothing', [format('MJPG')], undefined],
  ];
  for (const [what, formats, expected] of cases) {
    it(what, () => {
      expect(words(choose(formats, HD))).to.equal(expected);
    });
  }
});

const TYPICAL = [
  format('YUYV', [640, 480, 30, 15], [1280, 720, 10], [1920, 1080, 5]),
  format('MJPG', [640, 480, 30, 15], [1280, 720, 30, 15], [1920, 1080, 30, 24, 15], [3840, 2160, 30]),
];

describe('chooseFormat, without a configured size', () => {
  const cases: readonly (readonly [...Case, pixels: number])[] = [
    ['takes the largest usual size where the machine is strong', TYPICAL, 'MJPG 1920x1080@30', 1e9],
    ['lowers the rate before the size while it stays fluent', TYPICAL, 'MJPG 1920x1080@24', 60_000_000],
    ['lowers the size before it stutters', TYPICAL, 'MJPG 1280x720@30', 40_000_000],
    ['takes JPEGs before raw pictures of the same size', TYPICAL, 'MJPG 640x480@30', 10_000_000],
    ['takes a slow small one where the machine is weak', TYPICAL, 'MJPG 640x480@15', 5_000_000],
    ['takes the cheapest of all that is too much', TYPICAL, 'MJPG 640x480@15', 1_000],
    [
      'passes H.264 on, which the machine need not encode',
      [...TYPICAL, format('H264', [1280, 720, 30], [640, 480, 30])],
      'H264 1280x720@30',
      1_000,
    ],
    [
      'does not pass stuttering H.264 on where something better is sustained',
      [format('H264', [1280, 720, 5]), format('MJPG', [1280, 720, 30])],
      'MJPG 1280x720@30',
      1e9,
    ],
    [
      'takes the fluent size of a camera with raw pictures only',
      TYPICAL.slice(0, 1),
      'YUYV 640x480@30',
      60_000_000,
    ],
    ['does not go beyond the usual rate', [format('MJPG', [640, 480, 120, 60, 30])], 'MJPG 640x480@30', 1e9],
    [
      'takes an unusual size when there is no other, the smallest',
      [format('MJPG', [3840, 2160, 30], [2560, 1440, 30])],
      'MJPG 2560x1440@30',
      1e9,
    ],
  ];
  for (const [what, formats, expected, encodePixelsPerSecond] of cases) {
    it(what, () => {
      expect(words(choose(formats, { encodePixelsPerSecond }))).to.equal(expected);
    });
  }

  it('keeps to a configured rate', () => {
    const wish = { fps: 15, encodePixelsPerSecond: 40_000_000 };
    expect(words(choose(TYPICAL, wish))).to.equal('MJPG 1920x1080@15');
  });

  it('takes the best rate of a configured size', () => {
    const wish = { size: { width: 1920, height: 1080 }, encodePixelsPerSecond: 55_000_000 };
    expect(words(choose(TYPICAL, wish))).to.equal('MJPG 1920x1080@24');
    const both = [...TYPICAL, format('H264', [1920, 1080, 25])];
    expect(words(choose(both, wish))).to.equal('H264 1920x1080@25');
  });
});

describe('why a format is chosen', () => {
  it('is told, and what people should know stands out', () => {
    expect(choose(TYPICAL, HD)).to.deep.include({ why: 'as configured', isSecondBest: false });
    const tiny = choose([format('MJPG', [640, 480, 25])], HD);
    expect(tiny?.why).to.equal(
      'the camera does not offer the configured 1280x720 at 30 fps; this is the closest match',
    );
    expect(tiny?.isSecondBest).to.equal(true);
    const free = { encodePixelsPerSecond: 1_000 };
    expect(choose([format('H264', [640, 480, 30])], free)).to.deep.include({
      why: 'forwarded without encoding',
      isSecondBest: false,
    });
    expect(choose(TYPICAL, free)).to.include({ isSecondBest: true });
    expect(choose(TYPICAL, { encodePixelsPerSecond: 1e9 })?.why).to.match(
      /^the best within the limit of 1000000000 enc/,
    );
  });
});
