/** `node --import tsx … by-node-test.ts sound|broken [files]`: the files use the globals, of which `node:test` has none by itself. */
import * as runner from 'node:test';
import { registerBroken, registerSound } from './suites.js';

const [what, ...files] = process.argv.slice(2);
Object.assign(globalThis, runner);
for (const file of files) await import(file);
if (what === 'broken') registerBroken(runner);
else registerSound(runner);
