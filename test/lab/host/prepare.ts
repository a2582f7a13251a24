/** Makes what the guest needs, once; later runs only bundle the guest's programs anew. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { LAB_DIR, LAB_SOURCE } from './places.js';

const require = createRequire(import.meta.url);

/** Made last by prepare.sh; counts up when it makes something else. */
const STAMP = 'prepared.2';

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
  if (!existsSync(join(LAB_DIR, STAMP))) await runPrepare();
  await mkdir(join(LAB_DIR, 'guest'), { recursive: true });
  await build({
    entryPoints: ['agent', 'adapters'].map((name) => join(LAB_SOURCE, 'guest', `${name}.ts`)),
    outdir: join(LAB_DIR, 'guest'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [nativeInPlace],
  });
}

async function runPrepare(): Promise<void> {
  const env = { ...process.env, LAB: LAB_DIR };
  const child = spawn('sh', [join(LAB_SOURCE, 'prepare.sh')], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`prepare.sh ended with ${String(code)}`);
}
