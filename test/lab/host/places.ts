/** Where the lab keeps what it prepared, and where its sources are. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cacheHome = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');

/** Kernel, modules, first root, test pictures and the bundled programs of the guest. */
export const LAB_DIR = process.env['LAB'] ?? join(cacheHome, 'camera-service/lab');
/** Folder `test/lab`. */
export const LAB_SOURCE = fileURLToPath(new URL('..', import.meta.url));
/** Root of the repository. */
export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
