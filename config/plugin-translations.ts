/** Translations that stand in files of their own beside the `package.json` of a plugin. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { MANIFEST_KEY } from '../plugins/host/manifest.js';
import { isObject } from '../plugins/host/schema-fault.js';
import { refusePlugin } from './plugin-refusal.js';

const MAX_BYTES = 512 * 1024;

interface JsonText {
  readonly file: string;
  readonly text: string;
}

interface Completed {
  /** The manifest with the content of files in place of their names. */
  readonly value: unknown;
  /** By the language that names them. */
  readonly files: ReadonlyMap<unknown, JsonText>;
}

/** @throws PortError `OPTION_INVALID` for a file that cannot be read or is no JSON. What is in it is not judged here. */
export function withTranslations(
  plugin: string,
  { file, content }: { readonly file: string; readonly content: Readonly<Record<string, unknown>> },
): Completed {
  const value = content[MANIFEST_KEY];
  const files = new Map<unknown, JsonText>();
  if (!isObject(value) || !isObject(value['translations'])) return { value, files };
  const entries = Object.entries(value['translations']).map(([language, given]): [string, unknown] => {
    if (typeof given !== 'string') return [language, given];
    try {
      const found = readInside(dirname(file), given);
      files.set(language, found);
      return [language, JSON.parse(found.text)];
    } catch (cause) {
      const place = `${MANIFEST_KEY}.translations.${language.slice(0, 100)} (${file})`;
      throw refusePlugin(
        plugin,
        `${place}: the file ${given} cannot be used: ${(cause as Error).message}`,
        cause,
      );
    }
  });
  return { value: { ...value, translations: Object.fromEntries(entries) }, files };
}

function readInside(folder: string, name: string): JsonText {
  const place = realpathSync(join(folder, name));
  if (!place.startsWith(`${realpathSync(folder)}${sep}`)) throw new Error('it is not inside the package');
  if (statSync(place).size > MAX_BYTES) throw new Error(`it has more than ${String(MAX_BYTES)} bytes`);
  return { file: join(folder, name), text: readFileSync(place, 'utf8') };
}
