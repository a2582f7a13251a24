/**
 * Changes our adapters in small ways and looks which changes their contract suites notice: `npm run mutate -- state-store/memory …`.
 * Each argument is an adapter, as `adapters/` names it. What survives is a rule that the suite does not prove, or is listed in
 * `accepted.ts` with the reason. Declarations of options are left out: the host checks them, not the adapter.
 */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { judge, survivorsOf, type Verdict } from './survivors.js';

const ROOT = resolve(import.meta.dirname, '../..');

const wanted = process.argv.slice(2);

for (const adapter of wanted) report(adapter, await mutate(adapter));

if (wanted.length === 0) console.log(`usage: npm run mutate -- ${known().join(' | ')} …`);

async function mutate(adapter: string): Promise<Verdict & { readonly count: number }> {
  const suite = suiteOf(adapter);
  const folder = `adapters/${adapter}`;
  if (!known().includes(adapter))
    throw new Error(`there is no adapter ${adapter} with a contract run; known are ${known().join(', ')}`);
  const files = readdirSync(resolve(ROOT, folder))
    .filter((name) => name.endsWith('.ts') && name !== 'options.ts')
    .map((name) => `${folder}/${name}`);
  const results = await new Stryker({
    mutate: files,
    testRunner: 'contract',
    plugins: [resolve(import.meta.dirname, 'contract-runner.ts')],
    ignorers: ['texts'],
    testRunnerNodeArgs: ['--import', 'tsx'],
    contractSuite: suite,
    concurrency: 1,
    coverageAnalysis: 'perTest',
    checkers: [],
    reporters: [],
    warnings: false,
    timeoutMS: 3_000,
    disableTypeChecks: false,
    tempDirName: '.cache/mutation',
    ignorePatterns: ['docs', 'dist', 'coverage', 'plugins/examples', 'test/lab', 'test/e2e', '.cache'],
    logLevel: 'error' as never,
    allowConsoleColors: false,
  }).runMutationTest();
  const counted = results.filter(({ status }) => status !== 'Ignored');
  return { ...judge(survivorsOf(results, ROOT), new Set(files)), count: counted.length };
}

function report(adapter: string, { open, accepted, stale, count }: Awaited<ReturnType<typeof mutate>>): void {
  console.log(
    `${adapter}: ${String(count)} mutants, ${String(accepted)} survivors accepted, ${String(open.length)} open`,
  );
  for (const { file, line, from, to, mutator, isUncovered } of open)
    console.log(
      `  ${file}:${String(line)} ${mutator}${isUncovered ? ' (never run)' : ''}\n    ${from}\n    → ${to}`,
    );
  for (const { file, at } of stale) console.log(`  no survivor needs the accepted entry for ${file}: ${at}`);
  if (open.length > 0 || stale.length > 0) process.exitCode = 1;
}

function suiteOf(adapter: string): string {
  return `test/contract/${adapter.replace('/', '.')}.test.ts`;
}

function known(): readonly string[] {
  const adapters = resolve(ROOT, 'adapters');
  return readdirSync(adapters)
    .flatMap((port) => readdirSync(resolve(adapters, port)).map((name) => `${port}/${name}`))
    .filter((adapter) => existsSync(resolve(ROOT, suiteOf(adapter))));
}
