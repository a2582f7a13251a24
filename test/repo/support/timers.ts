/** The timers of the product: where they are in the sources, and what docs/architecture.md says about them. */
import ts from 'typescript';
import { links, resolveLink } from './markdown.js';
import { paths, read } from './tree.js';

const PAGE = 'docs/architecture.md';
const PRODUCT = /^(core|adapters|plugins|config)\/.*\.ts$/;
const SETUP = /^config\/setup\//;
/** They wait for whoever calls them, who is in the list. */
const TOOLS = new Set(['adapters/clock/system/system-clock.ts', 'core/lifecycle/pause.ts']);
const FUNCTIONS = new Set(['setTimeout', 'setInterval', 'pause', 'delay']);
const METHODS = new Set(['sleep', 'after']);

export interface Repeating {
  readonly file: string;
  readonly pause: string;
  /** It goes on while no camera is there and nobody is connected. */
  readonly isAtRest: boolean;
}

/** The table of what repeats. */
export function repeating(text = read(PAGE)): readonly Repeating[] {
  return rows(text, 'timers: repeating').map(({ file, cells }) => ({
    file,
    pause: cells[2] ?? '',
    isAtRest: cells[3] === 'yes',
  }));
}

/** The files whose timers end something, once. */
export function deadlines(text = read(PAGE)): readonly string[] {
  return rows(text, 'timers: once').map(({ file }) => file);
}

/** What lies between the two comments of this name, as files and cells. */
function rows(text: string, name: string): readonly { file: string; cells: readonly string[] }[] {
  const section = text.split(`<!-- ${name}: begin -->`)[1]?.split(`<!-- ${name}: end -->`)[0];
  if (section === undefined) throw new Error(`${PAGE} has no section "${name}"`);
  return section.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    return links(line).map(({ target }) => ({ file: resolveLink(PAGE, target).path, cells: cells.slice(1) }));
  });
}

export function sources(): readonly string[] {
  return paths(PRODUCT).filter((path) => !SETUP.test(path) && !TOOLS.has(path));
}

/** @returns `none`, `once`, or `repeats` when a timer is waited for in a loop or starts itself again. */
export function timersOf(path: string, text = read(path)): 'none' | 'once' | 'repeats' {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  let found: 'none' | 'once' | 'repeats' = 'none';
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTimer(node)) {
      if (repeats(node)) found = 'repeats';
      else if (found === 'none') found = 'once';
    }
    node.forEachChild(visit);
  };
  visit(file);
  return found;
}

function isTimer({ expression }: ts.CallExpression): boolean {
  if (ts.isIdentifier(expression)) return FUNCTIONS.has(expression.text);
  return ts.isPropertyAccessExpression(expression) && METHODS.has(expression.name.text);
}

function repeats(call: ts.CallExpression): boolean {
  if (ts.isIdentifier(call.expression) && call.expression.text === 'setInterval') return true;
  for (let node: ts.Node = call; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isIterationStatement(node, false)) return true;
    const name = nameOf(node);
    // A method whose timer calls the method.
    if (name !== undefined) return call.arguments.some((argument) => calls(argument, name));
  }
  return false;
}

function nameOf(node: ts.Node): string | undefined {
  if (!ts.isMethodDeclaration(node) && !ts.isFunctionDeclaration(node)) return undefined;
  return node.name?.getText();
}

function calls(argument: ts.Node, name: string): boolean {
  return new RegExp(`(?:^|[^\\w#])(?:this\\.)?${name}\\(`).test(argument.getText());
}
