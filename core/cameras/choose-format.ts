import type { CameraCapabilities, CaptureFormat, PixelFormat } from '../../ports/index.js';

export interface FormatWish {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** Cheapest first: H.264 is passed on as it is, JPEG pictures cost nothing for snapshots, raw ones cost bandwidth. */
const PREFERENCE = ['H264', 'MJPG', 'JPEG'];

interface Candidate extends CaptureFormat {
  readonly rank: number;
}

/**
 * Picks what a camera is asked to deliver: the size nearest to the wish that is not larger (else the smallest), the rate nearest
 * to the wish, and among equals the cheapest format.
 * @returns `undefined` when the camera offers no size at all.
 */
export function chooseFormat(capabilities: CameraCapabilities, wish: FormatWish): CaptureFormat | undefined {
  const candidates = capabilities.formats.flatMap((format) => candidatesOf(format, wish));
  candidates.sort(
    (a, b) =>
      sizeDistance(a, wish) - sizeDistance(b, wish) ||
      rateDistance(a, wish) - rateDistance(b, wish) ||
      a.rank - b.rank,
  );
  const best = candidates[0];
  return best && { pixelFormat: best.pixelFormat, width: best.width, height: best.height, fps: best.fps };
}

function candidatesOf(format: PixelFormat, wish: FormatWish): Candidate[] {
  const place = PREFERENCE.indexOf(format.pixelFormat);
  const rank = place >= 0 ? place : PREFERENCE.length;
  return format.sizes.map((size) => ({
    pixelFormat: format.pixelFormat,
    width: size.width,
    height: size.height,
    fps: nearestRate(size.fps, wish.fps),
    rank,
  }));
}

/** The fastest rate that is not above the wish, else the slowest there is; the wish itself when the camera does not tell. */
function nearestRate(offered: readonly number[], wish: number): number {
  if (offered.length === 0) return wish;
  const fitting = offered.filter((fps) => fps <= wish + 0.5);
  return fitting.length > 0 ? Math.max(...fitting) : Math.min(...offered);
}

function rateDistance({ fps }: Candidate, wish: FormatWish): number {
  return Math.abs(fps - wish.fps);
}

/** Missing pixels; a size above the wish counts as further away than any below it. */
function sizeDistance(size: { width: number; height: number }, wish: FormatWish): number {
  const isLarger = size.width > wish.width || size.height > wish.height;
  const difference = Math.abs(wish.width * wish.height - size.width * size.height);
  return isLarger ? difference + 1e9 : difference;
}
