/** Options of the test-pattern cameras. */
import { option, options, type OptionValue } from '../../../ports/options.js';
import { FFMPEG_PATH } from '../../_shared/ffmpeg-options.js';

const camera = option.object({
  name: option.text({ doc: 'Name of the camera.', minLength: 1, maxLength: 64 }),
  width: option.integer({ doc: 'Width in pixels, even.', minimum: 160, maximum: 3840 }),
  height: option.integer({ doc: 'Height in pixels, even.', minimum: 120, maximum: 2160 }),
  fps: option.integer({ doc: 'Frame rate in frames per second.', minimum: 1, maximum: 60 }),
});

export const SYNTHETIC_OPTIONS = options({
  cameras: option.list(camera, {
    doc: 'Synthetic cameras: a list of {name, width, height, fps}. Width and height are even, at most 3840 x 2160; 1 to 60 fps.',
    default: [],
    uniqueItems: false,
  }),
  ffmpeg_path: option.path({ doc: 'The ffmpeg program that generates the frames.', ...FFMPEG_PATH }),
});

export type SyntheticCameraOptions = OptionValue<typeof camera>;

/** What the schema cannot tell: pictures in this format have no half pixels. */
export function faultsOfSizes(
  cameras: readonly SyntheticCameraOptions[],
): { option: string; rule: string }[] {
  return cameras.flatMap((each, index) =>
    (['width', 'height'] as const).flatMap((side) =>
      each[side] % 2 === 0 ? [] : [{ option: `cameras[${String(index)}].${side}`, rule: 'must be even' }],
    ),
  );
}
