/** The samples of the page of the kit as modules, with the entries of the package taken from the sources. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { blocks } from '../../repo/support/markdown.js';
import { read, root } from '../../repo/support/tree.js';

export const KIT_PAGE = 'docs/plugins/kit.md';
const ENTRIES: Readonly<Record<string, string>> = {
  'mediamtx-camera-service/kit': 'plugins/kit/index.ts',
  'mediamtx-camera-service/plugin-api': 'plugins/api/index.ts',
};

/** @throws Error when the page has no such sample. */
export async function loadSample(name: string): Promise<unknown> {
  const sample = blocks(read(KIT_PAGE)).find(({ marks }) => marks[0] === 'package' && marks[1] === name);
  if (sample === undefined) throw new Error(`${KIT_PAGE} has no sample ${name}`);
  const text = Object.entries(ENTRIES).reduce(
    (code, [entry, path]) => code.replaceAll(`'${entry}'`, `'${pathToFileURL(join(root, path)).href}'`),
    sample.text,
  );
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/kit-'));
  writeFileSync(join(folder, name), text);
  try {
    return (await import(pathToFileURL(join(folder, name)).href)) as unknown;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
