import * as runner from 'vitest';
import { registerBroken, registerSound } from './suites.js';

if (process.env['SUITE'] === 'broken') registerBroken(runner);
else registerSound(runner);
