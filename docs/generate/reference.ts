/** Writes the generated reference pages; with `--check` only compares, and fails when a page is not up to date. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PAGES } from './pages.js';

const folder = new URL('../reference/', import.meta.url);
const isCheck = process.argv.includes('--check');
const stale: string[] = [];

await mkdir(folder, { recursive: true });
for (const [name, render] of Object.entries(PAGES)) {
  const file = new URL(name, folder);
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
