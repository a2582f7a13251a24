import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { PluginPackage } from './plugin-package.js';
import { refusePlugin } from './plugin-refusal.js';

/**
 * Runs the module of a plugin.
 * @returns its default export, which has the looks of a plugin.
 * @throws PortError `OPTION_INVALID` naming the package, with what to do about it; the reason of the signal.
 */
export async function importPlugin(
  found: PluginPackage,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<unknown> {
  const module = await imported(found, deadlineMs, signal);
  const { default: plugin } = module;
  if (isPlugin(plugin)) return plugin;
  throw refusePlugin(found.name, noPlugin(module));
}

async function imported(
  found: PluginPackage,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<{ readonly default?: unknown }> {
  const done = new AbortController();
  const late = pause(deadlineMs, undefined, { signal: AbortSignal.any([signal, done.signal]) }).then(() => {
    throw refusePlugin(
      found.name,
      `its module ${found.module} did not finish loading within ${String(deadlineMs)} ms; it must not wait at the top level`,
    );
  });
  const work = (import(urlOf(found)) as Promise<{ default?: unknown }>).catch((cause: unknown) => {
    throw refusePlugin(found.name, explain(cause, found), cause);
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    signal.throwIfAborted();
    throw cause;
  } finally {
    done.abort();
    // Whichever came second is of no interest any more.
    for (const each of [work, late]) each.catch(() => undefined);
  }
}

function urlOf({ module, edition }: PluginPackage): string {
  const url = pathToFileURL(module);
  if (edition !== undefined) url.searchParams.set('edition', String(edition));
  return url.href;
}

function isPlugin(value: unknown): boolean {
  const { name, setup } = (value ?? {}) as { name?: unknown; setup?: unknown };
  return typeof name === 'string' && typeof setup === 'function';
}

function noPlugin(module: { readonly default?: unknown }): string {
  const { default: inner } = (module.default ?? {}) as { default?: unknown };
  if (isPlugin(inner))
    return 'it is a CommonJS build; build it as an ES module: "type": "module" in its package.json and "module": "nodenext" for tsc';
  if (isPlugin(module))
    return 'it exports the parts of a plugin as named exports; its module needs: export default definePlugin({ name, apiVersion, setup })';
  const what =
    module.default === undefined ? 'it has no default export' : 'its default export is not a plugin';
  return `${what}; its module needs: export default definePlugin({ name, apiVersion, setup })`;
}

const OUTSIDE_MODULE = /Cannot use import statement outside a module|Unexpected token 'export'/;

/** What an import failed with, for the one who installed the package and the one who made it. */
function explain(cause: unknown, { module, folder, isEsModule }: PluginPackage): string {
  if (!(cause instanceof Error)) return `its module ${module} threw ${textOf(cause)} while it was loaded`;
  const { code } = cause as NodeJS.ErrnoException;
  const lacking = /^Cannot find package '([^']+)'/.exec(cause.message)?.[1];
  if (code === 'ERR_MODULE_NOT_FOUND' && lacking !== undefined)
    return `it needs the package ${lacking}, which is not installed; in ${folder} run: npm install ${lacking}`;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return `${firstLine(cause.message)}; build it or reinstall it`;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return `its module ${module} is not JavaScript; build it, and name the output of the build`;
  if (cause instanceof SyntaxError && OUTSIDE_MODULE.test(cause.message) && !isEsModule)
    return `it is an ES module, but its package.json does not declare this; add "type": "module"`;
  if (cause instanceof SyntaxError)
    return `its code is invalid: ${firstLine(cause.message)} (${placeOf(cause) ?? module}); rebuild it`;
  return `its module ${module} failed while it was loaded: ${firstLine(cause.message)}`;
}

/** Node writes the file and the line above the message. */
function placeOf({ stack = '' }: Error): string | undefined {
  return /^(?:file:\/\/)?(\/\S+:\d+)$/.exec(firstLine(stack))?.[1];
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function textOf(thrown: unknown): string {
  return typeof thrown === 'string' ? `"${thrown}"` : `a value that is not an Error (${typeof thrown})`;
}
