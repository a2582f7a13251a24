/** Test-pattern cameras that behave like USB cameras. */
import {
  createSyntheticSource,
  type SyntheticCameraOptions,
} from '../../adapters/device-event-source/synthetic/synthetic-source.js';
import { definePlugin } from '../api/index.js';

interface Section {
  readonly cameras: readonly SyntheticCameraOptions[];
  readonly ffmpeg_path: string;
}

export default definePlugin({
  name: 'synthetic',
  apiVersion: 1,
  setup(context) {
    context.provide('DeviceEventSource', 'synthetic', (adapter) => {
      const section = adapter.config as unknown as Section;
      return createSyntheticSource(
        { cameras: section.cameras, runDir: adapter.directories.run, ffmpegPath: section.ffmpeg_path },
        adapter,
      );
    });
  },
});
