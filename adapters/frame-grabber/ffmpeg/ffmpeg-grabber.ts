/** Takes one picture from an idle camera with a short-lived ffmpeg. */
import type { Readable } from 'node:stream';
import type { Frame } from '../../../ports/capture.js';
import type { Clock } from '../../../ports/clock.js';
import type { FrameGrabber, GrabRequest } from '../../../ports/frame-grabber.js';
import type { CamelCased, OptionValue } from '../../../ports/options.js';
import { PortError, type PortErrorCode } from '../../../ports/port-error.js';
import { spawnOwned, type OwnedChild } from '../../_shared/child-process.js';
import { FFMPEG_COMMON, FFMPEG_KINDS, inputArguments, isJpegFormat } from '../../_shared/ffmpeg-input.js';
import { deviceTrouble, redactUrls, type DeviceTrouble } from '../../_shared/ffmpeg-words.js';
import { findHolder, findSyntheticHolder } from '../../_shared/holder.js';
import { JpegSplitter, type JpegPicture } from '../../_shared/jpeg-splitter.js';
import type { FFMPEG_GRABBER_OPTIONS } from './options.js';

export interface FfmpegGrabberOptions extends CamelCased<OptionValue<typeof FFMPEG_GRABBER_OPTIONS>> {
  readonly runDir: string;
}

export const FFMPEG_GRABBER = 'ffmpeg';

const CODES: Readonly<Record<DeviceTrouble, PortErrorCode>> = {
  gone: 'DEVICE_GONE',
  busy: 'DEVICE_BUSY',
  'no-bandwidth': 'DEVICE_UNSUPPORTED',
  forbidden: 'DEVICE_FORBIDDEN',
  unsupported: 'DEVICE_UNSUPPORTED',
};

export function createFfmpegGrabber(
  options: FfmpegGrabberOptions,
  { clock }: { readonly clock: Clock },
): FrameGrabber {
  return {
    name: FFMPEG_GRABBER,
    supports: { kinds: FFMPEG_KINDS, tier: 1 },
    async grab(request, signal) {
      signal.throwIfAborted();
      const child = await spawnOwned({
        label: `snapshot ${request.source.key}`,
        command: options.ffmpegPath,
        args: grabArguments(request),
        runDir: options.runDir,
      });
      try {
        const picture = await pictureAfter(child, request, { signal, maxFrameBytes: options.maxFrameBytes });
        if (picture === undefined) throw await grabError(request, child.tail().map(redactUrls));
        return { ...picture, sequence: request.warmUpFrames + 1, capturedAt: clock.now() } satisfies Frame;
      } finally {
        await child.stop(0, 'SIGKILL');
      }
    },
  };
}

/** JPEGs of the camera are passed on as they are; anything else is encoded. */
function grabArguments({ source, format }: GrabRequest): readonly string[] {
  const encode = ['-c:v', 'mjpeg', '-threads', '1', '-q:v', '2', '-pix_fmt', 'yuvj420p'];
  return [
    ...[...FFMPEG_COMMON, ...inputArguments(source, format), '-map', '0:v:0', '-an'],
    ...(isJpegFormat(format) ? ['-c:v', 'copy'] : encode),
    ...['-flush_packets', '1', '-f', 'image2pipe', 'pipe:1'],
  ];
}

/** @returns the picture behind the warm-up, or `undefined` when the camera ends first. */
async function pictureAfter(
  child: OwnedChild,
  { warmUpFrames }: GrabRequest,
  { signal, maxFrameBytes }: { readonly signal: AbortSignal; readonly maxFrameBytes: number },
): Promise<JpegPicture | undefined> {
  const splitter = new JpegSplitter(maxFrameBytes);
  const output = child.process.stdout as Readable;
  let seen = 0;
  let onAbort = (): void => undefined;
  const found = new Promise<JpegPicture>((resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    output.on('data', (chunk: Buffer) => {
      for (const picture of splitter.push(chunk)) if ((seen += 1) > warmUpFrames) resolve(picture);
    });
  });
  try {
    return await Promise.race([found, child.exited.then(() => undefined)]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function grabError({ source }: GrabRequest, tail: readonly string[]): Promise<PortError> {
  const trouble = deviceTrouble(tail);
  const holder = await holderOf(source, trouble);
  const code = holder === undefined ? (trouble === undefined ? 'NO_FRAME' : CODES[trouble]) : 'DEVICE_BUSY';
  return new PortError(code, {
    message: `no frame from ${source.name}`,
    retryable: trouble === 'no-bandwidth' || ['DEVICE_BUSY', 'DEVICE_FORBIDDEN', 'NO_FRAME'].includes(code),
    detail: {
      tail: tail.slice(-5),
      ...(holder === undefined ? {} : { holder }),
      ...(trouble === 'no-bandwidth' ? { reason: 'usb_bandwidth' } : {}),
    },
  });
}

async function holderOf(
  { kind, locator }: GrabRequest['source'],
  trouble: DeviceTrouble | undefined,
): Promise<string | undefined> {
  if (kind === 'v4l2') return trouble === 'busy' ? await findHolder(locator) : undefined;
  // A synthetic camera that somebody else has closes the connection at once.
  return kind === 'synthetic' && trouble === undefined ? await findSyntheticHolder(locator) : undefined;
}
