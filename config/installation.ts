import { fileURLToPath } from 'node:url';

/** The folder of this installation, with a slash at its end. */
export const INSTALLATION = fileURLToPath(new URL('..', import.meta.url));
