/**
 * Writes the reports of the public types, `docs/reference/api/`. A change of the types is declared by the change of its report, see
 * `docs/plugins/stability.md`; the tests compare.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderApiReports } from './api-reports.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs/reference/api');

mkdirSync(folder, { recursive: true });
const reports = await renderApiReports(root);
const found = readdirSync(folder);
for (const name of found) if (reports[name] === undefined) rmSync(join(folder, name));
for (const [name, text] of Object.entries(reports)) {
  const file = join(folder, name);
  if (found.includes(name) && readFileSync(file, 'utf8') === text) continue;
  writeFileSync(file, text);
  console.log(`wrote ${file}`);
}
