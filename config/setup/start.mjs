/** `npm start`: sets up what is missing and runs the service in this very process, so that signals reach it directly. */
import './shut-debugger.mjs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setUpMedia, setUpProgram } from './bootstrap.mjs';
import { endOnSignals } from './ending.mjs';
import { BUNDLE, checkout } from './paths.mjs';
import { createProgress } from './progress.mjs';

endOnSignals();

const ONLY_ASKS = ['--help', '-h', '--version', '-V'];

const given = process.argv.slice(2);
const progress = createProgress({ total: 4, out: process.stderr });
const context = { root: checkout, env: process.env, progress };
try {
  await setUpProgram(context);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
if (!given.some((argument) => ONLY_ASKS.includes(argument))) {
  const missing = await setUpMedia(context);
  if (missing.length > 0)
    progress.note('The service starts without it; features that need it are unavailable.');
}

const bundle = path.join(checkout, BUNDLE);
process.argv = [process.execPath, bundle, 'run', '--profile', 'development', ...given];
process.title = 'camera-service';
// Without source maps, which cost 60 MB as soon as one stack is read; NODE_OPTIONS=--enable-source-maps switches them on.
await import(pathToFileURL(bundle).href);
