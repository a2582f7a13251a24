import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { blocks } from './support/markdown.js';
import { paths, read, root } from './support/tree.js';

/** A sample marked `compile <path>` is type-checked as if it were the file of that path. */
interface Sample {
  readonly page: string;
  readonly path: string;
  readonly text: string;
}

const written: readonly Sample[] = paths(/^(CONTRIBUTING|README|docs\/.*)\.md$/).flatMap((page) =>
  blocks(read(page))
    .filter(({ language, marks }) => language === 'ts' && marks[0] === 'compile')
    .map(({ marks, text }) => ({ page, path: join(root, marks[1] ?? ''), text })),
);

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options;
}

/** The compiler's host, with the samples laid over the files of the repository. */
function hostWithSamples(samples: readonly Sample[], options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const laidOver = new Map(samples.map(({ path, text }) => [path, text]));
  const { fileExists, readFile, getSourceFile, directoryExists } = host;
  host.fileExists = (path) => laidOver.has(path) || fileExists(path);
  host.readFile = (path) => laidOver.get(path) ?? readFile(path);
  host.directoryExists = (path) =>
    [...laidOver.keys()].some((file) => file.startsWith(`${path}/`)) || (directoryExists?.(path) ?? true);
  host.getSourceFile = (path, target, ...rest) => {
    const text = laidOver.get(path);
    return text === undefined
      ? getSourceFile(path, target, ...rest)
      : ts.createSourceFile(path, text, target, true);
  };
  return host;
}

function faults(samples: readonly Sample[]): string[] {
  const options = compilerOptions();
  const roots = samples.map(({ path }) => path);
  const program = ts.createProgram(roots, options, hostWithSamples(samples, options));
  return samples.flatMap(({ page, path }) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => `${page}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  });
}

describe('samples', function () {
  this.timeout(180_000);

  it('say which file they stand for', () => {
    expect(written.filter(({ path }) => !path.endsWith('.ts'))).to.deep.equal([]);
    expect(written.length).to.be.at.least(4);
  });

  it('compile', () => {
    expect(faults(written)).to.deep.equal([]);
  });

  it('would be caught when they do not', () => {
    const text = "import { s } from '../validation.js';\nexport const wrong: string = s.int();\n";
    expect(faults([{ page: 'x.md', path: join(root, 'core/rpc/methods/x.ts'), text }])).to.have.lengthOf(1);
  });
});
