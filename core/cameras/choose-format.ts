import type { CameraCapabilities, CaptureFormat, PixelFormat } from '../../ports/index.js';

export interface FormatWish {
  /** The configured size; absent: the best that the machine sustains. */
  readonly size?: { readonly width: number; readonly height: number };
  /** The configured rate; absent: up to 30 pictures a second. */
  readonly fps?: number;
  /**
   * Pixels a second that this machine encodes for one camera without strain. Binds neither H.264, which is passed on as it is,
   * nor what is configured.
   */
  readonly encodePixelsPerSecond: number;
}

export interface FormatChoice {
  readonly format: CaptureFormat;
  /** In words, for the log. */
  readonly why: string;
  /** It is not what was configured, or more than the machine sustains: people should know. */
  readonly isSecondBest: boolean;
}

/** What a capture can take, cheapest first: H.264 is passed on, JPEGs cost nothing for snapshots, raw ones cost bandwidth. */
const PREFERENCE = ['H264', 'MJPG', 'JPEG', 'YUYV', 'UYVY', 'NV12', 'YU12', 'GREY'];
/** Pictures a second that nobody asked to exceed. */
const USUAL_FPS = 30;
/** From here on movement looks like movement. */
const FLUENT_FPS = 24;
/** More than this is only delivered where it is configured: it fills disks, networks and USB buses. */
const USUAL_PIXELS = 1920 * 1080;
/** Cameras say 29.97 and 30.0003 for 30. */
const RATE_SLACK = 0.5;

interface Candidate extends CaptureFormat {
  readonly rank: number;
  readonly pixels: number;
  readonly isPassedOn: boolean;
  readonly isSustained: boolean;
}

type Order = (a: Candidate, b: Candidate) => number;

/**
 * Picks what a camera is asked to deliver.
 * - With a configured size: that size, else the nearest that is not larger, else the smallest; then the configured rate or the nearest;
 *   among equals the cheapest format.
 * - Without: H.264 if the camera has it at a fluent rate, because it costs nothing; else the largest size whose encoding the machine
 *   sustains at a fluent rate, MJPEG before raw at the same size.
 * @returns `undefined` when the camera offers no size at all.
 */
export function chooseFormat(capabilities: CameraCapabilities, wish: FormatWish): FormatChoice | undefined {
  const known = capabilities.formats.filter((format) => PREFERENCE.includes(format.pixelFormat));
  // A capture may know more formats than core does.
  const formats = known.some((format) => format.sizes.length > 0) ? known : capabilities.formats;
  const order = wish.size ? nearestTo(wish.size, wish.fps) : bestOf(wish.fps);
  const [best] = formats.flatMap((format) => candidatesOf(format, wish)).sort(order);
  if (!best) return undefined;
  const { pixelFormat, width, height, fps } = best;
  return { format: { pixelFormat, width, height, fps }, ...judge(best, wish) };
}

function candidatesOf(format: PixelFormat, wish: FormatWish): Candidate[] {
  const place = PREFERENCE.indexOf(format.pixelFormat);
  const rank = place >= 0 ? place : PREFERENCE.length;
  const isPassedOn = format.pixelFormat === 'H264';
  return format.sizes.map(({ width, height, fps: offered }) => {
    const pixels = width * height;
    const sustains = (rate: number): boolean => isPassedOn || pixels * rate <= wish.encodePixelsPerSecond;
    const fps = rateFor(offered, wish.fps, sustains);
    const isSustained = sustains(fps);
    return { pixelFormat: format.pixelFormat, width, height, fps, rank, pixels, isPassedOn, isSustained };
  });
}

/** The fastest rate that is not above the wanted one and, where none is configured, sustained; else the slowest there is. */
function rateFor(
  offered: readonly number[],
  configured: number | undefined,
  sustains: (rate: number) => boolean,
): number {
  const most = configured ?? USUAL_FPS;
  const fitting = (offered.length === 0 ? [most] : offered).filter((rate) => rate <= most + RATE_SLACK);
  const sustained = configured === undefined ? fitting.filter(sustains) : fitting;
  if (sustained.length > 0) return Math.max(...sustained);
  return fitting.length > 0 ? Math.min(...fitting) : Math.min(...offered);
}

function nearestTo(
  size: { readonly width: number; readonly height: number },
  fps: number | undefined,
): Order {
  const distance = (each: Candidate): number => sizeDistance(each, size);
  return first(
    (a, b) => distance(a) - distance(b),
    (a, b) => (fps === undefined ? fluency(b) - fluency(a) : Math.abs(a.fps - fps) - Math.abs(b.fps - fps)),
    (a, b) => a.rank - b.rank,
    (a, b) => b.fps - a.fps,
  );
}

function bestOf(fps = USUAL_FPS): Order {
  const isFluent = (each: Candidate): boolean => each.fps >= Math.min(FLUENT_FPS, fps) - RATE_SLACK;
  return first(
    (a, b) => Number(b.isPassedOn && isFluent(b)) - Number(a.isPassedOn && isFluent(a)),
    (a, b) => Number(b.isSustained) - Number(a.isSustained),
    (a, b) => (a.isSustained ? 0 : a.pixels * a.fps - b.pixels * b.fps),
    (a, b) => Number(b.pixels <= USUAL_PIXELS) - Number(a.pixels <= USUAL_PIXELS),
    (a, b) => Number(isFluent(b)) - Number(isFluent(a)),
    (a, b) => (a.pixels > USUAL_PIXELS ? a.pixels - b.pixels : b.pixels - a.pixels),
    (a, b) => Math.abs(a.fps - fps) - Math.abs(b.fps - fps),
    (a, b) => a.rank - b.rank,
  );
}

/** Fluent is fluent: then cheapness counts more than a few pictures. */
function fluency({ fps }: Candidate): number {
  return Math.min(fps, FLUENT_FPS);
}

/** Missing pixels; a size above the wish counts as further away than any below it. */
function sizeDistance(size: Candidate, wish: { readonly width: number; readonly height: number }): number {
  const isLarger = size.width > wish.width || size.height > wish.height;
  const difference = Math.abs(wish.width * wish.height - size.pixels);
  return isLarger ? difference + 1e9 : difference;
}

/** The first order that tells two apart decides. */
function first(...orders: readonly Order[]): Order {
  return (a, b) => {
    for (const order of orders) {
      const verdict = order(a, b);
      if (verdict !== 0) return verdict;
    }
    return 0;
  };
}

function judge(chosen: Candidate, { size, fps, encodePixelsPerSecond }: FormatWish) {
  const isSize = size === undefined || (chosen.width === size.width && chosen.height === size.height);
  const isRate = fps === undefined || Math.abs(chosen.fps - fps) <= RATE_SLACK;
  if (!isSize || !isRate) {
    const wanted = [size && `${String(size.width)}x${String(size.height)}`, fps && `${String(fps)} fps`];
    const words = wanted.filter((word) => word !== undefined).join(' at ');
    return {
      why: `the camera does not offer the configured ${words}; this is the closest match`,
      isSecondBest: true,
    };
  }
  if (size !== undefined) return { why: 'as configured', isSecondBest: false };
  if (chosen.isPassedOn) return { why: 'forwarded without encoding', isSecondBest: false };
  const limit = `${String(encodePixelsPerSecond)} encoded pixels per second`;
  if (chosen.isSustained) return { why: `the best within the limit of ${limit}`, isSecondBest: false };
  return { why: `everything that the camera offers exceeds the limit of ${limit}`, isSecondBest: true };
}
