/** Text that breaks one lint rule, at the place where it would be written. */
export interface LintPlant {
  readonly rule: string;
  readonly what: string;
  readonly file: string;
  readonly text: string;
}

const lines = (count: number, line: string): string => Array.from({ length: count }, () => line).join('\n');

/** Rules that need types. Linted in place of a file that exists, because only those belong to the project. */
export const typedPlants: readonly LintPlant[] = [
  {
    rule: '@typescript-eslint/no-floating-promises',
    what: 'a promise nobody waits for',
    file: 'ports/clock.ts',
    text: 'declare function work(): Promise<void>;\nexport function go(): void {\n  work();\n}\n',
  },
  {
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    what: 'a switch with a case missing',
    file: 'ports/clock.ts',
    text: "export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      break;\n  }\n}\n",
  },
];

const core = (rule: string, what: string, text: string): LintPlant => ({
  rule,
  what,
  file: 'core/x.ts',
  text,
});

const PROCESS_WIDE = [
  'globalThis.fetch = undefined',
  "globalThis['fetch'] = undefined",
  'delete globalThis.Headers',
  'delete global.Headers',
  "Object.defineProperty(globalThis, 'fetch', { value: undefined })",
  "Reflect.deleteProperty(globalThis, 'fetch')",
  'Object.assign(globalThis, {})',
  'Array.prototype.last = () => 1',
  "Array['prototype'].last = () => 1",
  'Object.setPrototypeOf(Array.prototype, null)',
  "Object.defineProperty(Array.prototype, 'last', {})",
  'Object.assign(String.prototype, {})',
  "process.env['TZ'] = 'UTC'",
  "delete process.env['TZ']",
  'process.env = {}',
  "Object.assign(process.env, { TZ: 'UTC' })",
  "process.on('SIGTERM', () => undefined)",
  "process.once('SIGHUP', () => undefined)",
  "process.on('uncaughtException', () => undefined)",
  "process.prependListener('unhandledRejection', () => undefined)",
  'process.removeAllListeners()',
  'process.umask(0)',
  "process.chdir('/')",
];

export const plainPlants: readonly LintPlant[] = [
  core('no-restricted-globals', 'process in core', 'export const pid = process.pid;\n'),
  core('no-restricted-globals', 'console in core', "console.log('x');\n"),
  core('no-restricted-globals', 'setTimeout in core', 'setTimeout(() => undefined, 1);\n'),
  core('no-restricted-globals', 'setInterval in core', 'setInterval(() => undefined, 1);\n'),
  core('no-restricted-globals', 'fetch in core', "export const got = fetch('http://x');\n"),
  core('no-restricted-globals', 'performance in core', 'export const t = performance.now();\n'),
  core('no-restricted-properties', 'Date.now in core', 'export const t = Date.now();\n'),
  core(
    'no-restricted-properties',
    'AbortSignal.timeout in core',
    'export const s = AbortSignal.timeout(1);\n',
  ),
  core('no-restricted-syntax', 'new Date() in core', 'export const d = new Date();\n'),
  core('no-restricted-syntax', 'an enum', 'export enum A {\n  B,\n}\n'),
  core('no-restricted-syntax', 'a default export', 'export default 1;\n'),
  core(
    'no-restricted-syntax',
    'four parameters',
    'export const f = (a: 1, b: 1, c: 1, d: 1) => [a, b, c, d];\n',
  ),
  core('@typescript-eslint/no-explicit-any', 'any', 'export const x: any = 1;\n'),
  core('@typescript-eslint/ban-ts-comment', 'ts-ignore', "// @ts-ignore\nexport const x: string = 'a';\n"),
  core('@typescript-eslint/no-unused-vars', 'an unused variable', 'const x = 1;\nexport {};\n'),
  core(
    '@typescript-eslint/consistent-type-imports',
    'a type imported as a value',
    "import { Clock } from '../ports/clock.js';\nexport type C = Clock;\n",
  ),
  core('no-empty', 'an empty catch', 'try {\n  f();\n} catch {}\nfunction f(): void {}\n'),
  core('max-lines', 'a file of 401 lines', `${lines(401, 'export {};')}\n`),
  core(
    'max-lines-per-function',
    'a long function',
    `export function f(): void {\n${lines(45, '  f();')}\n}\n`,
  ),
  core(
    'max-depth',
    'four levels',
    'export function f(a: boolean): void {\n  if (a) while (a) if (a) for (;;) { if (a) f(a); }\n}\n',
  ),
  core('complexity', 'sixteen ways', `export const f = (a: number) => ${lines(16, 'a === 1 ||')} 2;\n`),
  core(
    'no-restricted-syntax',
    'a second caller that tells the media server of paths',
    "export const f = (media: { ensurePath(name: string): void }): void => media.ensurePath('camera0');\n",
  ),
  {
    rule: 'no-restricted-properties',
    what: 'it.only',
    file: 'test/unit/x.test.ts',
    text: "it.only('x', () => undefined);\n",
  },
  {
    rule: 'no-restricted-properties',
    what: 'describe.skip',
    file: 'test/unit/x.test.ts',
    text: "describe.skip('x', () => undefined);\n",
  },
  {
    rule: 'no-restricted-syntax',
    what: 'this.skip()',
    file: 'test/unit/x.test.ts',
    text: "it('x', function () {\n  this.skip();\n});\n",
  },
  {
    rule: 'no-restricted-properties',
    what: 'process.exit in an adapter',
    file: 'adapters/clock/system/x.ts',
    text: 'process.exit(1);\n',
  },
  {
    rule: 'no-restricted-globals',
    what: 'a contract suite that uses the words of one test runner',
    file: 'test/contract/x.contract.ts',
    text: "describe('x', () => undefined);\n",
  },
  ...[
    'core/x.ts',
    'ports/x.ts',
    'adapters/_shared/x.ts',
    'plugins/host/x.ts',
    'config/x.ts',
    'config/setup/x.mjs',
  ].flatMap((file) => [
    {
      rule: 'regexp/no-super-linear-move',
      what: `an expression that begins anew at every character, in ${file}`,
      file,
      text: "export const f = (text) => text.replace(/[?&][^=&#]*(?:key)[^=&#]*=/gi, '');\n",
    },
    {
      rule: 'no-extend-native',
      what: `a native prototype that is extended, in ${file}`,
      file,
      text: "Object.defineProperty(Array.prototype, 'last', { value: 1 });\n",
    },
    {
      rule: 'regexp/no-super-linear-backtracking',
      what: `an expression with two ways to share a text, in ${file}`,
      file,
      text: 'export const f = (text) => /^(?:a+)+$/.test(text);\n',
    },
    ...PROCESS_WIDE.map((text) => ({
      rule: 'no-restricted-syntax',
      what: `${text} in ${file}`,
      file,
      text: `${text};\n`,
    })),
  ]),
];
