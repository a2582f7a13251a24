import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** Core, ports and the plugin contract get time, logging and the network injected. */
const INJECTED = 'is injected: take the Clock, Logger or port that was given to you';
const forbiddenGlobals = [
  ...['process', 'console', 'fetch', 'performance', 'WebSocket', 'Buffer'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
].map((name) => ({ name, message: `${name} ${INJECTED}` }));
const forbiddenProperties = [
  { object: 'Date', property: 'now', message: `Date.now ${INJECTED}` },
  { object: 'AbortSignal', property: 'timeout', message: `AbortSignal.timeout ${INJECTED}` },
  { object: 'globalThis', property: 'process', message: `process ${INJECTED}` },
];
const forbiddenSyntax = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: `the current date ${INJECTED}`,
  },
];

/** Whoever else told the media server of paths would undo what the plan has decided. */
const tellsOfPaths = {
  selector: 'CallExpression[callee.property.name=/^(ensurePath|removePath)$/]',
  message: 'Only core/streams/path-reconciler.ts tells the media server of paths.',
};

const everywhere = [
  {
    selector: ':function[params.length>3]:not([params.3.name="signal"])',
    message: 'Three parameters at most, and a signal behind them.',
  },
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
  {
    selector:
      'PropertyDefinition[accessibility="private"], MethodDefinition[accessibility="private"][kind!="constructor"]',
    message: 'Use #private.',
  },
];
const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Only the entry of a plugin has one.',
};

/** Where text from outside may arrive: the whole product, with its set-up. */
const PRODUCT = ['core', 'ports', 'adapters', 'plugins', 'config'].flatMap((layer) =>
  ['ts', 'mjs', 'cjs'].map((extension) => `${layer}/**/*.${extension}`),
);

/** Nothing process-wide is changed but by the process file: another part of the process would find its world altered. */
const PROCESS_WIDE = 'belongs to the whole process: what one package needs is done inside that package.';
const SHARED = {
  'A global': '[object.name=/^(globalThis|global)$/]',
  'A prototype':
    ':matches([property.name="prototype"], [object.property.name="prototype"], [object.property.value="prototype"])',
  'The environment':
    ':matches([object.object.name="process"][object.property.name="env"], [object.name="process"][property.name="env"])',
};
/** What ends or saves the process is decided in one place. A listener for its exit changes nothing for others. */
const LISTENING = 'on|once|addListener|prependListener|prependOnceListener|removeAllListeners';
const DECIDING = '/^(SIG[A-Z0-9]+|uncaughtException|unhandledRejection)$/';
const processWide = [
  ...Object.entries(SHARED).flatMap(([what, member]) =>
    [
      `AssignmentExpression > MemberExpression.left${member}`,
      `UpdateExpression > MemberExpression.argument${member}`,
      `UnaryExpression[operator="delete"] > MemberExpression.argument${member}`,
    ].map((selector) => ({ selector, message: `${what} ${PROCESS_WIDE}` })),
  ),
  ...[
    '[arguments.0.name=/^(globalThis|global)$/]',
    '[arguments.0.property.name="prototype"]',
    '[arguments.0.object.name="process"][arguments.0.property.name="env"]',
  ].map((target) => ({
    selector: `CallExpression[callee.object.name=/^(Object|Reflect)$/][callee.property.name=/^(assign|definePropert(y|ies)|deleteProperty|set|setPrototypeOf)$/]${target}`,
    message: `This ${PROCESS_WIDE}`,
  })),
  {
    selector: `CallExpression[callee.object.name="process"][callee.property.name=/^(${LISTENING})$/]:matches([arguments.0.value=${DECIDING}], [arguments.length=0])`,
    message: `This ${PROCESS_WIDE}`,
  },
  {
    selector:
      'CallExpression[callee.object.name="process"][callee.property.name=/^(chdir|umask|sete?[ug]id|setgroups)$/]',
    message: `This ${PROCESS_WIDE}`,
  },
];

const FUNCTION_LINES = { max: 40, skipBlankLines: true, skipComments: true };

/** The type-aware rules that find real faults; the expensive family of `no-unsafe-*` is left to `no-explicit-any` and strict. */
const typed = /** @type {import('eslint').Linter.RulesRecord} */ ({
  '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
  ],
  '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowThrowingAny: true }],
  '@typescript-eslint/no-unnecessary-type-assertion': 'error',
  '@typescript-eslint/no-base-to-string': 'error',
  '@typescript-eslint/restrict-plus-operands': 'error',
  '@typescript-eslint/no-for-in-array': 'error',
});

const plain = /** @type {import('eslint').Linter.RulesRecord} */ ({
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/ban-ts-comment': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
  ],
  '@typescript-eslint/no-require-imports': 'error',
  'no-unused-vars': 'off',
  'no-undef': 'off',
  'no-empty': ['error', { allowEmptyCatch: false }],
  'prefer-const': 'error',
  'no-var': 'error',
  eqeqeq: 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-console': 'error',
  'no-restricted-syntax': ['error', ...everywhere, ...processWide, noDefaultExport],
  'max-lines': ['error', { max: 400 }],
  'max-lines-per-function': ['error', FUNCTION_LINES],
  'max-params': 'off',
  '@typescript-eslint/max-params': ['error', { max: 4 }],
  'max-depth': ['error', 3],
  // Each `?.` and `??` counts as a branch: a plain mapping of optional fields reaches 15 without a decision in it.
  complexity: ['error', 15],
});

const runnerWords = ['describe', 'context', 'it', 'specify', 'test']
  .concat(['before', 'beforeAll', 'beforeEach', 'after', 'afterAll', 'afterEach'])
  .map((name) => ({ name, message: `${name} of one test runner: import it from ./runner.contract.js` }));

/** Mocha hands its own `this`, its suites are long functions, and chai asserts by reading a property. */
const inTests = /** @type {import('eslint').Linter.RulesRecord} */ ({
  'max-lines-per-function': 'off',
  'no-console': 'off',
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/no-unused-expressions': 'off',
  'no-restricted-properties': [
    'error',
    ...['describe', 'context', 'it', 'specify'].flatMap((object) =>
      ['only', 'skip'].map((property) => ({
        object,
        property,
        message: 'Every test runs, always.',
      })),
    ),
    { object: 'this', property: 'skip', message: 'A missing component is a failure.' },
  ],
  'no-restricted-syntax': [
    'error',
    ...everywhere,
    noDefaultExport,
    {
      selector: 'CallExpression[callee.name=/^(xit|xdescribe|fit|fdescribe)$/]',
      message: 'Every test runs, always.',
    },
    {
      selector: 'CallExpression[callee.object.type="ThisExpression"][callee.property.name="skip"]',
      message: 'A missing component is a failure, not a skip.',
    },
  ],
});

export default defineConfig(
  { ignores: ['node_modules/', '**/dist/', 'coverage/', '.dev/', '.cache/', 'docs/reference/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs', '**/*.cjs'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: { parser: tseslint.parser },
    rules: plain,
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: typed,
  },
  {
    files: ['core/**/*.ts', 'ports/**/*.ts', 'plugins/api/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...forbiddenGlobals],
      'no-restricted-properties': ['error', ...forbiddenProperties],
      'no-restricted-syntax': ['error', ...everywhere, ...processWide, noDefaultExport, ...forbiddenSyntax],
    },
  },
  {
    files: ['core/**/*.ts'],
    ignores: ['core/streams/path-reconciler.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...everywhere,
        ...processWide,
        noDefaultExport,
        ...forbiddenSyntax,
        tellsOfPaths,
      ],
    },
  },
  {
    files: [
      'adapters/**/*.ts',
      'plugins/host/**/*.ts',
      'plugins/builtin/**/*.ts',
      'config/*.ts',
      'config/sections/**/*.ts',
    ],
    ignores: ['config/main.ts', 'config/plugin-runner.ts', 'adapters/_shared/child-process.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only a process file ends the process.' },
        { object: 'process', property: 'env', message: 'Configuration is handed in.' },
        { object: 'process', property: 'argv', message: 'Configuration is handed in.' },
      ],
    },
  },
  {
    files: ['plugins/builtin/**/*.ts', 'plugins/examples/*/src/index.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...processWide] },
  },
  {
    files: [
      'config/main.ts',
      'config/cli/**/*.ts',
      'config/setup/**',
      'docs/generate/**',
      '**/*.mjs',
      '**/*.cjs',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['*.mjs', '*.cjs', '.*.cjs', '**/*.cjs'],
    rules: {
      'no-restricted-syntax': ['error', ...everywhere, ...processWide],
      '@typescript-eslint/no-require-imports': 'off',
    },
  },
  {
    // The process file decides about the process, and what has to be decided before it is loaded stands beside it.
    files: ['config/main.ts', 'config/setup/shut-debugger.mjs'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, noDefaultExport] },
  },
  {
    files: PRODUCT,
    plugins: { regexp },
    rules: {
      // `potential`: also where the linter cannot prove that an attacker can choose what follows.
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': [
        'error',
        { report: 'potential', ignoreSticky: false, ignorePartial: false },
      ],
      'no-extend-native': 'error',
    },
  },
  { files: ['test/**/*.ts', 'plugins/examples/*/test/**/*.ts'], rules: inTests },
  { files: ['test/worlds/*-plugin.{mjs,ts}'], rules: { 'no-restricted-syntax': ['error', ...everywhere] } },
  {
    // The suites run in any test runner.
    files: ['test/contract/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-globals': ['error', ...runnerWords] },
  },
);
