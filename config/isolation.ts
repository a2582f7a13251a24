import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createSystemClock } from '../adapters/clock/system/system-clock.js';
import { Isolates } from '../plugins/isolation/isolates.js';
import type { RunnerModule } from '../plugins/isolation/shell.js';
import { refusePlugin } from './plugin-refusal.js';

/** Beside the bundle, and beside this file in the sources. */
const BUNDLED = new URL('./camera-service-plugin.mjs', import.meta.url);
const SOURCE = new URL('./plugin-runner.ts', import.meta.url);

export function createIsolates(memoryBytes: number, runner = runnerModule()): Isolates {
  return new Isolates({
    memoryBytes,
    clock: createSystemClock(),
    runner,
    refuse: refusePlugin,
  });
}

/** What a built file runs. */
export function bundledRunner(path: string): RunnerModule {
  return { thread: pathToFileURL(path), program: [path] };
}

function runnerModule(): RunnerModule {
  if (existsSync(BUNDLED)) return bundledRunner(fileURLToPath(BUNDLED));
  return {
    thread: inTypeScript(SOURCE),
    program: ['--import', import.meta.resolve('tsx'), fileURLToPath(SOURCE)],
  };
}

/** A thread does not get the loader by an argument. */
function inTypeScript(module: URL): URL {
  const loader = import.meta.resolve('tsx/esm/api');
  const code = `import { register } from '${loader}'; register(); await import('${module.href}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
