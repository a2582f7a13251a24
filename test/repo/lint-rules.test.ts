import { expect } from 'chai';
import { ESLint } from 'eslint';
import { plainPlants, typedPlants, type LintPlant } from './support/planted-lint.js';
import { root } from './support/tree.js';

const TYPED_RULES = [
  ...['no-floating-promises', 'no-misused-promises', 'await-thenable', 'return-await', 'only-throw-error'],
  ...['switch-exhaustiveness-check', 'no-unnecessary-type-assertion', 'no-base-to-string', 'no-for-in-array'],
  ...['restrict-plus-operands'],
].map((name) => `@typescript-eslint/${name}`);

/** Files that do not exist have no types, so the rules that need types are off for them. */
function linterWithoutTypes(): ESLint {
  return new ESLint({
    cwd: root,
    overrideConfig: {
      files: ['**/*.ts'],
      languageOptions: { parserOptions: { projectService: false } },
      rules: Object.fromEntries(TYPED_RULES.map((rule) => [rule, 'off'])),
    },
  });
}

async function spoken(eslint: ESLint, { file, text }: LintPlant): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: file });
  return (result?.messages ?? []).filter(({ severity }) => severity === 2).map(({ ruleId }) => ruleId);
}

describe('lint rules', function () {
  this.timeout(180_000);

  const plain = linterWithoutTypes();
  for (const plant of plainPlants) {
    it(`refuse ${plant.what}`, async () => {
      expect(await spoken(plain, plant)).to.include(plant.rule);
    });
  }

  const typed = new ESLint({ cwd: root });
  for (const plant of typedPlants) {
    it(`refuse ${plant.what}`, async () => {
      expect(await spoken(typed, plant)).to.include(plant.rule);
    });
  }

  it('accept a signal behind three parameters', async () => {
    const text = 'export const f = (a: 1, b: 1, c: 1, signal: AbortSignal) => [a, b, c, signal];\n';
    expect(await spoken(plain, { rule: '', what: '', file: 'core/x.ts', text })).to.deep.equal([]);
  });

  it('accept a default export of a built-in plugin', async () => {
    const plant = { rule: '', what: '', file: 'plugins/builtin/x.ts', text: 'export default 1;\n' };
    expect(await spoken(plain, plant)).to.deep.equal([]);
  });
});
