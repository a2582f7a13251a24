import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const fixture = fileURLToPath(new URL('fixture.method-without-role.ts', import.meta.url));

describe('a method without a role', () => {
  it('does not compile', function () {
    this.timeout(60_000);
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
      config: object;
    };
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [fixture] }, ts.sys, root);
    const program = ts.createProgram([fixture], options);
    const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(fixture));
    expect(found.map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n'))).to.deep.equal([]);
  });
});
