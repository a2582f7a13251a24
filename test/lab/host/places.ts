/** Where the lab keeps what it prepared, and where its sources are. */
import { fileURLToPath } from 'node:url';
import { labDir } from '../../../config/setup/test-lab.mjs';

/** Kernel, modules, first root, test pictures and the bundled programs of the guest. */
export const LAB_DIR = labDir(process.env);
/** Folder `test/lab`. */
export const LAB_SOURCE = fileURLToPath(new URL('..', import.meta.url));
/** Root of the repository. */
export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
