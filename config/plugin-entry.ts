import { join } from 'node:path';

/** The conditions under which the service imports a module, as Node has them. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'default', 'node-addons']);

/** The main module of a package for `import`; `undefined` when it exports none. */
export function entryOf(folder: string, content: Readonly<Record<string, unknown>>): string | undefined {
  const { exports, main } = content;
  if (exports !== undefined && exports !== null) {
    const target = targetOf(mainExport(exports));
    return target === undefined ? undefined : join(folder, target);
  }
  return join(folder, typeof main === 'string' && main !== '' ? main : 'index.js');
}

function mainExport(exports: unknown): unknown {
  if (!isObject(exports)) return exports;
  const isByPath = Object.keys(exports).some((key) => key.startsWith('.'));
  return isByPath ? exports['.'] : exports;
}

/** The first that fits, as Node chooses it. */
function targetOf(target: unknown, depth = 0): string | undefined {
  if (typeof target === 'string') return target.startsWith('./') ? target : undefined;
  if (depth > 10 || typeof target !== 'object' || target === null) return undefined;
  const parts: readonly unknown[] = Array.isArray(target)
    ? target
    : Object.entries(target).flatMap(([key, each]) => (CONDITIONS.has(key) ? [each] : []));
  for (const part of parts) {
    const found = targetOf(part, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
