/** The images of a camera, whichever of the two ways it has of serving them. */
import { JpegSplitter, type JpegPicture } from 'mediamtx-camera-service/kit';
import { PortError, type Clock } from 'mediamtx-camera-service/plugin-api';
import { openCamera } from './connection.js';
import { shown, type Target } from './target.js';

export interface ImageSettings {
  readonly clock: Clock;
  /** How often a URL of single images is asked. */
  readonly intervalMs: number;
  /** Without an image for this long the camera counts as gone. */
  readonly stallMs: number;
  readonly maxImageBytes: number;
}

/**
 * Yields images until `signal` aborts or the camera is gone. What a server says about its data is not believed, because much of it
 * is wrong: boundaries, lengths and types are passed over, and images are found by their own markers. So each is complete
 * when its last byte is there, and not only when the next part begins.
 * @throws PortError as `openCamera`, `DEVICE_GONE` when the stream ends or stalls; the signal's reason.
 */
export async function* imagesOf(
  target: Target,
  settings: ImageSettings,
  signal: AbortSignal,
): AsyncGenerator<JpegPicture> {
  for (;;) {
    let images = 0;
    const startedAt = settings.clock.monotonicMs();
    const reply = new Reply(target, settings, signal);
    try {
      for await (const image of reply.images()) {
        images += 1;
        yield image;
      }
    } finally {
      reply.close();
    }
    signal.throwIfAborted();
    if (reply.isStream || images > 1) throw gone(target, 'ended its stream');
    if (images === 0)
      throw new PortError('DEVICE_UNSUPPORTED', { message: `${shown(target.url)} sent no JPEG image` });
    const passed = settings.clock.monotonicMs() - startedAt;
    await settings.clock.sleep(Math.max(0, settings.intervalMs - passed), signal);
  }
}

/** One response of the camera. */
class Reply {
  readonly #target: Target;
  readonly #settings: ImageSettings;
  readonly #signal: AbortSignal;
  readonly #splitter: JpegSplitter;
  /** Ends the connection: at the end, or because nothing comes. */
  readonly #end = new AbortController();
  #cancel: () => void = () => undefined;
  #isStalled = false;
  isStream = false;

  constructor(target: Target, settings: ImageSettings, signal: AbortSignal) {
    this.#target = target;
    this.#settings = settings;
    this.#signal = signal;
    this.#splitter = new JpegSplitter(settings.maxImageBytes);
  }

  async *images(): AsyncGenerator<JpegPicture> {
    try {
      this.#expect();
      const response = await openCamera(this.#target, AbortSignal.any([this.#signal, this.#end.signal]));
      this.isStream = /^\s*multipart\//i.test(response.headers['content-type'] ?? '');
      let unused = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        const images = this.#splitter.push(chunk);
        unused = images.length > 0 ? 0 : unused + chunk.length;
        if (unused > 2 * this.#settings.maxImageBytes)
          throw new PortError('DEVICE_UNSUPPORTED', {
            message: `${shown(this.#target.url)} sends no JPEG images`,
          });
        if (images.length > 0) this.#expect();
        yield* images;
      }
      if (this.#isStalled) throw new Error('stalled');
    } catch (error) {
      throw this.#explained(error);
    }
  }

  close(): void {
    this.#cancel();
    this.#end.abort();
  }

  /** An image has to come within the time that is left from here. */
  #expect(): void {
    this.#cancel();
    this.#cancel = this.#settings.clock.after(this.#settings.stallMs, () => {
      this.#isStalled = true;
      this.#end.abort();
    });
  }

  #explained(error: unknown): unknown {
    if (this.#signal.aborted) return this.#signal.reason;
    if (this.#isStalled) return gone(this.#target, `sent no image for ${String(this.#settings.stallMs)} ms`);
    if (error instanceof PortError) return error;
    return gone(this.#target, 'closed the connection', error);
  }
}

function gone({ url }: Target, what: string, cause?: unknown): PortError {
  return new PortError('DEVICE_GONE', { message: `${shown(url)} ${what}`, retryable: true, cause });
}
