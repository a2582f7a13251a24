import type * as codecTypes from '@julusian/jpeg-turbo';
import { PortError } from '../../../ports/port-error.js';
import type { DeliveredFormat, RawPicture } from './capture-stream.js';
import { wholeJpeg } from './jpeg-file.js';
import { RAW_FORMATS, averageOf, toRaster } from './pixels.js';
import type { Raster } from './pixels.js';
import { NATIVE_PACKAGES } from '../../_shared/plain/native-packages.mjs';

type Codec = typeof codecTypes;

/** A JPEG file and how bright it is on average, from 0 to 255. */
export interface Developed {
  readonly jpeg: Buffer;
  readonly width: number;
  readonly height: number;
  readonly brightness: number;
}

const COMPRESSED_FORMATS: readonly string[] = ['MJPG', 'JPEG'];

/** True when pictures of this format can become a JPEG here. */
export function canDevelop(pixelFormat: string): boolean {
  return COMPRESSED_FORMATS.includes(pixelFormat) || RAW_FORMATS.includes(pixelFormat);
}

/** Makes JPEG files of what cameras deliver. */
export class Developer {
  private constructor(
    private readonly codec: Codec,
    private readonly quality: number,
  ) {}

  /** @throws PortError `TOOL_MISSING`. */
  static async load(quality: number): Promise<Developer> {
    try {
      const loaded: unknown = await import('@julusian/jpeg-turbo');
      return new Developer(withoutDefault(loaded), quality);
    } catch (cause) {
      throw new PortError('TOOL_MISSING', {
        message: 'The package @julusian/jpeg-turbo cannot be loaded; frames cannot be checked or encoded',
        cause,
        detail: { tool: '@julusian/jpeg-turbo', remedy: NATIVE_PACKAGES['@julusian/jpeg-turbo'].install },
      });
    }
  }

  /** @returns `undefined` for a torn picture. */
  async develop(picture: RawPicture, format: DeliveredFormat): Promise<Developed | undefined> {
    if (picture.isDamaged) return undefined;
    if (COMPRESSED_FORMATS.includes(format.pixelFormat)) return this.#check(picture.bytes);
    const raster = await toRaster(picture.bytes, format);
    if (raster === undefined) return undefined;
    return { jpeg: await this.#encode(raster, format), ...sizeOf(format), brightness: raster.brightness };
  }

  /** Decoding shows what start and end do not: a hole in the middle. The file itself stays as the camera made it. */
  async #check(bytes: Buffer): Promise<Developed | undefined> {
    const jpeg = wholeJpeg(bytes);
    if (jpeg === undefined) return undefined;
    try {
      const { data, width, height } = await this.codec.decompress(jpeg, { format: this.codec.FORMAT_GRAY });
      return { jpeg, width, height, brightness: averageOf(data) };
    } catch {
      return undefined;
    }
  }

  #encode(raster: Raster, format: DeliveredFormat): Promise<Buffer> {
    const { codec, quality } = this;
    const colour = { format: codec.FORMAT_RGB, subsampling: codec.SAMP_422 };
    const grey = { format: codec.FORMAT_GRAY, subsampling: codec.SAMP_GRAY };
    return codec.compress(raster.data, {
      ...sizeOf(format),
      ...(raster.channels === 3 ? colour : grey),
      quality,
    });
  }
}

function sizeOf(format: DeliveredFormat): { readonly width: number; readonly height: number } {
  return { width: format.width, height: format.height };
}

/** The package is CommonJS: loaded by a bundle its members stand under `default`. */
function withoutDefault(loaded: unknown): Codec {
  const outer = loaded as Codec & { readonly default?: Codec };
  return outer.default ?? outer;
}
