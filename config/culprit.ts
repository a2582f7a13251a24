/** Finds out whose code an error comes from that nobody caught. */
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this installation. */
const INSTALLATION = fileURLToPath(new URL('..', import.meta.url));

/** A plugin: its module, and the folder of its package. */
export interface Suspect {
  readonly name: string;
  readonly module?: string;
  readonly folder?: string;
}

/**
 * Whose fault an error is. A line of a plugin anywhere in the stack means that the plugin called, and it is the plugin's.
 * @returns the plugin; `unknown` when the stack shows neither a plugin nor the service (a socket that fails has only lines of Node), in
 * which case it is one of the plugins or a library that they use; `service` when it is our own, as it always is without plugins.
 */
export function culpritOf(cause: unknown, plugins: readonly Suspect[]): Suspect | 'service' | 'unknown' {
  const suspects = plugins.filter(({ module }) => module !== undefined);
  const [only] = suspects;
  if (only === undefined) return 'service';
  const lines = linesOf(cause);
  const isIn = (place: string): boolean => lines.some((line) => line.includes(place));
  // Several bare files may lie in one folder.
  const found =
    suspects.find(({ module = '' }) => isIn(module)) ?? suspects.find((each) => isIn(folderOf(each)));
  if (found !== undefined) return found;
  if (isIn(INSTALLATION)) return 'service';
  // It may be there several times, once for each time that it was loaded.
  return suspects.every(({ name }) => name === only.name) ? only : 'unknown';
}

/** Of the package. A bare file may lie anywhere, even below a package that holds this installation: what lies beside it counts. */
function folderOf({ module = '', folder }: Suspect): string {
  const beside = `${dirname(module)}${sep}`;
  if (folder === undefined) return beside;
  const whole = folder.endsWith(sep) ? folder : `${folder}${sep}`;
  return INSTALLATION.startsWith(whole) ? beside : whole;
}

function linesOf(cause: unknown): readonly string[] {
  const { stack } = (cause ?? {}) as { readonly stack?: unknown };
  if (typeof stack !== 'string') return [];
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => decoded(line));
}

function decoded(line: string): string {
  try {
    return decodeURI(line);
  } catch {
    return line;
  }
}
