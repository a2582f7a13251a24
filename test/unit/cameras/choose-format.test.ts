import { expect } from 'chai';
import { chooseFormat } from '../../../core/cameras/choose-format.js';
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

function choice(
  formats: readonly PixelFormat[],
  wish = { width: 1280, height: 720, fps: 30 },
): string | undefined {
  const capabilities: CameraCapabilities = { driver: 'd', card: 'c', bus: '', formats, controls: [] };
  const chosen = chooseFormat(capabilities, wish);
  return (
    chosen && `${chosen.pixelFormat} ${String(chosen.width)}x${String(chosen.height)}@${String(chosen.fps)}`
  );
}

describe('chooseFormat', () => {
  const cases: readonly (readonly [string, readonly PixelFormat[], string | undefined])[] = [
    [
      'takes the exact size',
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
    ['finds nothing in nothing', [format('MJPG')], undefined],
  ];
  for (const [what, formats, expected] of cases) {
    it(what, () => {
      expect(choice(formats)).to.equal(expected);
    });
  }
});
