/** The example plugins: packages of their own, which are developed here with the tools and versions of this repository. */
import { expect } from 'chai';
import ts from 'typescript';
import { exists, folders, packageFile, read, root } from './support/tree.js';

const EXAMPLES = 'plugins/examples';
const SERVICE = 'mediamtx-camera-service';
/** What every example has, and says the same as the others. */
/** With the options that an adapter cannot do without, or by a program that starts what it connects to. */
const CHECKS = /^(camera-service plugin check \.( --config check\.yaml)?|node dist\/test\/check\.js)$/;
const SCRIPTS = {
  build: 'tsc -p tsconfig.build.json && camera-service plugin manifest .',
  test: "npm run build && mocha --timeout 60000 'dist/test/**/*.test.js'",
  prepack: 'npm run build',
};
const INDEX = 'docs/plugins/examples.md';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly type: string;
  readonly main: string;
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly [SERVICE]?: unknown;
}

const manifestOf = (example: string): Manifest =>
  JSON.parse(read(`${EXAMPLES}/${example}/package.json`)) as Manifest;

/** The sources that the compiler takes for each public entry of the package. */
function paths(): Readonly<Record<string, readonly string[]>> {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, (path) => ts.sys.readFile(path));
  return (config as { compilerOptions: { paths: Record<string, string[]> } }).compilerOptions.paths;
}

describe('examples of plugins', () => {
  const examples = folders(EXAMPLES);

  it('find the sources of every public entry of the package, and of nothing else', () => {
    const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> };
    const entries = Object.entries(exports).flatMap(([path, target]) => {
      const { default: built } = target as { default?: string };
      const source = built?.replace('./dist/lib/', './').replace(/\.js$/, '.ts');
      return source === undefined ? [] : [[`${SERVICE}${path.slice(1)}`, [source]] as const];
    });
    expect(paths()).to.deep.equal(Object.fromEntries(entries));
  });

  it('exist', () => {
    expect(examples).to.have.length.above(0);
  });

  for (const example of examples) {
    describe(example, () => {
      const manifest = manifestOf(example);

      it('is a package for users of the published service', () => {
        const { name, type, main, files, peerDependencies, license } = manifest;
        expect({ name, type, main, license }).to.deep.equal({
          name: `${example}-camera-plugin`,
          type: 'module',
          main: 'dist/src/index.js',
          license: 'MIT',
        });
        expect(files).to.deep.equal(['dist/src']);
        expect(peerDependencies).to.deep.equal({ [SERVICE]: `^${packageFile().version}` });
        expect(manifest.scripts).to.include(SCRIPTS);
        expect(manifest.scripts['check']).to.match(CHECKS);
        for (const file of ['README.md', 'tsconfig.build.json'])
          expect(exists(`${EXAMPLES}/${example}/${file}`)).to.equal(true);
      });

      it('needs what is installed here, in the same version', () => {
        const { dependencies, devDependencies } = manifest;
        const here = packageFile().devDependencies;
        const needed = Object.entries({ ...dependencies, ...devDependencies });
        const foreign = needed.filter(([name, version]) => here[name] !== version);
        expect(foreign, 'to be a development dependency in package.json').to.deep.equal([]);
      });

      it('is in the list of examples', () => {
        expect(read(INDEX)).to.include(`../../${EXAMPLES}/${example}/README.md`);
      });
    });
  }
});
