#!/usr/bin/env node
/** The command of the checkout: builds what is missing, silently unless it takes long, and runs the service's command line. */
import './shut-debugger.mjs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from './build.mjs';
import { endOnSignals } from './ending.mjs';
import { ensureModules } from './modules.mjs';
import { BUNDLE, checkout, hasSources } from './paths.mjs';

endOnSignals();

/** Standard output belongs to the command: `camera-service token` prints a token and nothing else. */
let said = '';
const say = (/** @type {string} */ text) => {
  if (text !== said) console.error(`camera-service: ${text}`);
  said = text;
};

try {
  if (hasSources(checkout)) {
    await ensureModules({ root: checkout, say });
    await ensureBuild({ root: checkout, say });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const bundle = path.join(checkout, BUNDLE);
process.argv = [process.execPath, bundle, ...process.argv.slice(2)];
process.title = 'camera-service';
await import(pathToFileURL(bundle).href);
