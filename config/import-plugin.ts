import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PortError } from '../ports/index.js';

/**
 * Imports a plugin: a package that is installed beside the working folder, or a file.
 * @throws PortError `OPTION_INVALID` naming the package, with what to do about it.
 */
export async function importFrom(name: string): Promise<{ plugin: unknown; version: string }> {
  const path = resolvePlugin(name);
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    return { plugin: module.default, version: versionBeside(path) };
  } catch (cause) {
    const rule = cause instanceof Error ? cause.message : String(cause);
    throw refuse(name, `it cannot be loaded: ${rule}`, cause);
  }
}

function resolvePlugin(name: string): string {
  if (/^[./]/.test(name)) return resolve(name);
  try {
    return createRequire(join(process.cwd(), 'package.json')).resolve(name);
  } catch (cause) {
    throw refuse(name, `it is not installed; run: npm install ${name}`, cause);
  }
}

/** The version in the nearest package.json, or `0.0.0` for a file without one. */
function versionBeside(path: string): string {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        version?: unknown;
      };
      return typeof version === 'string' ? version : '0.0.0';
    } catch {
      // Not in this folder: the next one up.
    }
  }
  return '0.0.0';
}

function refuse(name: string, rule: string, cause: unknown): PortError {
  return new PortError('OPTION_INVALID', {
    cause,
    message: `plugins.load: ${name}: ${rule}`,
    detail: { option: 'plugins.load', rule },
  });
}
