import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { root } from './tree.js';

export const LAYERS = ['core', 'ports', 'adapters', 'plugins', 'config'] as const;

/** Runs the repository's import rules over a tree of the same shape. */
export async function cruiseTree(baseDir: string, parts: readonly string[]): Promise<ICruiseResult> {
  const { tsConfig: _, ...options } = await extractOptions(join(root, '.dependency-cruiser.cjs'));
  const result = await cruise(
    [...parts],
    { ...options, baseDir },
    {},
    { tsConfig: extractTsConfig(join(root, 'tsconfig.json')) },
  );
  if (typeof result.output === 'string') throw new TypeError('expected a result object');
  return result.output;
}

/** Names of all rules in the configuration, read from what is loaded. */
export async function ruleNames(): Promise<string[]> {
  const options = await extractOptions(join(root, '.dependency-cruiser.cjs'));
  return (options.ruleSet?.forbidden ?? []).map((rule) => rule.name ?? '');
}

/** The adapters (`port/technology`) that each built-in plugin imports. */
export function adaptersOfPlugins(result: ICruiseResult): Map<string, Set<string>> {
  const plugins = result.modules.filter((module) => module.source.startsWith('plugins/builtin/'));
  return new Map(
    plugins.map((module) => {
      const found = module.dependencies.flatMap(
        ({ resolved }) => /^adapters\/([^/]+\/[^/]+)\//.exec(resolved)?.[1] ?? [],
      );
      return [module.source, new Set(found)];
    }),
  );
}

export function describeViolations(result: ICruiseResult): string[] {
  return result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

/** A stand-in for an installed package: enough for imports of it to resolve. */
export function packageStub(name: string): Record<string, string> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
    [`node_modules/${name}/index.js`]: 'module.exports = {};\n',
  };
}

export function repositoryManifest(): string {
  return readFileSync(join(root, 'package.json'), 'utf8');
}
