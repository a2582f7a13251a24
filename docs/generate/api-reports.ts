/** The public types of each sub-path of the package, as text that shows every change of them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const run = promisify(execFile);
/** Where `prepack` puts what it emits, and the `exports` of the package look for it. */
const LIBRARY = './dist/lib/';

interface Entry {
  readonly types: string;
}

/** Emits the public types as `prepack` does, and describes those of each sub-path. @returns texts by file name. */
export async function renderApiReports(root: string): Promise<Record<string, string>> {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const types = mkdtempSync(join(root, '.cache/api-'));
  try {
    await emitTypes(root, types);
    return describeTypes(root, types);
  } finally {
    rmSync(types, { recursive: true, force: true });
  }
}

export async function emitTypes(root: string, folder: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const emit = ['-p', 'tsconfig.publish.json', '--emitDeclarationOnly', '--outDir', folder];
  await run(process.execPath, [compiler, ...emit], { cwd: root });
}

/** @param types folder with the emitted types, laid out as `dist/lib`; it is written to. */
export function describeTypes(root: string, types: string): Record<string, string> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, Entry | string>>;
  };
  const reports: Record<string, string> = {};
  for (const [path, entry] of Object.entries(exports)) {
    if (typeof entry === 'string') continue;
    const name = path.replace(/^\.\/?/, '').replace(/\/\*$/, '') || 'index';
    const declared = join(types, entry.types.slice(LIBRARY.length));
    const file = declared.includes('*') ? joined(types, name, declared) : declared;
    reports[`${name.replaceAll('/', '-')}.api.md`] = describeEntry(root, types, file);
  }
  return reports;
}

/** One module for all those that a pattern such as `./contract/*` offers. */
function joined(types: string, name: string, pattern: string): string {
  const [start = '', end = ''] = basename(pattern).split('*');
  const folder = dirname(pattern);
  const modules = readdirSync(folder).filter((file) => file.startsWith(start) && file.endsWith(end));
  const lines = modules
    .sort()
    .map((file) => `export * from '${join(folder, file).replace(/\.d\.ts$/, '.js')}';\n`);
  const path = join(types, `${name.replaceAll('/', '-')}.d.ts`);
  writeFileSync(path, lines.join(''));
  return path;
}

/** Types that are not exported themselves count as well, where an exported one is made of them. */
function describeEntry(root: string, types: string, mainEntryPointFilePath: string): string {
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: [] };
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath,
      compiler: { overrideTsconfig: { compilerOptions, files: [mainEntryPointFilePath] } },
      apiReport: {
        enabled: true,
        reportFolder: types,
        reportTempFolder: types,
        reportFileName: 'report',
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const problems: string[] = [];
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      if (message.category === 'Compiler') problems.push(message.text);
      message.handled = true;
    },
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return withoutWords(readFileSync(join(types, 'report.api.md'), 'utf8'));
}

/** Whether something has a comment is no change of a type. */
function withoutWords(report: string): string {
  return report
    .replaceAll(/^ *\/\/ \(undocumented\)\n/gm, '')
    .replaceAll('// @public (undocumented)', '// @public');
}
