/** Writes the generated reference pages, and the manifest of this package from the declarations of its adapters; with `--check` only compares, and fails when a page is not up to date. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { KEPT_PAGES, OWN_PACKAGE, PAGES } from './pages.js';

const folder = new URL('../reference/', import.meta.url);
const isCheck = process.argv.includes('--check');
const stale: string[] = [];

await mkdir(folder, { recursive: true });
await mkdir(new URL('../plugins/ports/', import.meta.url), { recursive: true });
const own = new URL('../../package.json', import.meta.url);
const files = [
  ...Object.entries(PAGES).map(([name, render]) => ({ name, file: new URL(name, folder), render })),
  ...Object.entries(KEPT_PAGES).map(([name, render]) => {
    const file = new URL(`../../${name}`, import.meta.url);
    return { name, file, render: () => render(existsSync(file) ? readFileSync(file, 'utf8') : '') };
  }),
  { name: 'package.json', file: own, render: () => OWN_PACKAGE(readFileSync(own, 'utf8')) },
];
for (const { name, file, render } of files) {
  const wanted = render();
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found === wanted) continue;
  if (isCheck) stale.push(name);
  else {
    await writeFile(file, wanted);
    console.log(`wrote ${fileURLToPath(file)}`);
  }
}
if (stale.length > 0) {
  console.error(`not up to date: ${stale.join(', ')}; run node --import tsx docs/generate/reference.ts`);
  process.exitCode = 1;
}
