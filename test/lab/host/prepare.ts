/** Makes what the guest needs, once; later runs only bundle the guest's programs anew. */
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { ensureLab } from '../../../config/setup/test-lab.mjs';
import { LAB_DIR, LAB_SOURCE, REPOSITORY } from './places.js';

const require = createRequire(import.meta.url);

/** Native packages stay where they are: the guest sees the same files under the same paths. */
const nativeInPlace: Plugin = {
  name: 'native-in-place',
  setup(bundle) {
    bundle.onResolve({ filter: /^(koffi|@julusian\/jpeg-turbo)$/ }, ({ path }) => ({
      path: require.resolve(path),
      external: true,
    }));
  },
};

export async function prepareLab(): Promise<void> {
  await ensureLab({ env: process.env, say: (text) => console.log(`  ${text}`) });
  await mkdir(join(LAB_DIR, 'guest'), { recursive: true });
  await build({
    entryPoints: {
      agent: join(LAB_SOURCE, 'guest/agent.ts'),
      adapters: join(LAB_SOURCE, 'guest/adapters.ts'),
      // As the packages of third parties are: a file that the guest loads by its path.
      'plugins/udev': join(REPOSITORY, 'plugins/builtin/device-event-source-udev.ts'),
      'plugins/fsnotify-poll': join(REPOSITORY, 'plugins/builtin/device-event-source-fsnotify-poll.ts'),
    },
    outdir: join(LAB_DIR, 'guest'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [nativeInPlace],
  });
}
