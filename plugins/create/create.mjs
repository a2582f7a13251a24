#!/usr/bin/env node
/** `npm create camera-service-plugin`: the command `camera-service plugin new` of the installed service, with the same arguments. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const manifest = fileURLToPath(import.meta.resolve('mediamtx-camera-service/package.json'));
const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
const command = join(dirname(manifest), bin['camera-service']);
const { status, error } = spawnSync(process.execPath, [command, 'plugin', 'new', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
if (error) console.error(`create-camera-service-plugin: ${error.message}`);
process.exitCode = status ?? 1;
