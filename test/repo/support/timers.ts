/** The timers of the product: where they are in the sources, and what docs/architecture.md says about them. */
import ts from 'typescript';
import { links, resolveLink } from './markdown.js';
import { paths, read } from './tree.js';

const PAGE = 'docs/architecture.md';
/** Examples are packages of their own. */
const PRODUCT = /^(core|adapters|plugins(?!\/examples\/)|config)\/.*\.ts$/;
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

export type TimerKind = 'once' | 'repeats';

/**
 * The kinds of timers in a source: those that end something, and those that come again, because they are waited for in a loop, or
 * because what they wait for leads to them once more. Functions are known by their names.
 */
export function timersOf(path: string, text = read(path)): ReadonlySet<TimerKind> {
  const calls = callsOf(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  const inOpenLoops = reached(
    calls.filter(({ loop }) => loop === 'open'),
    calls,
  );
  // Others may have methods of the same name.
  const own = calls.filter(({ isOwn }) => isOwn);
  const leadsBack = (caller: string): boolean =>
    reached(
      own.filter((call) => call.caller === caller),
      own,
    ).has(caller);
  const repeats = ({ caller, callee, loop }: Call): boolean =>
    loop !== 'none' || callee === 'setInterval' || inOpenLoops.has(caller) || leadsBack(caller);
  const timers = calls.filter(({ isTimer }) => isTimer);
  return new Set(timers.map((timer) => (repeats(timer) ? 'repeats' : 'once')));
}

interface Call {
  /** The innermost function with a name around it. */
  readonly caller: string;
  readonly callee: string;
  /** `open`: in a loop that goes on until something happens; one over a list ends with the list. */
  readonly loop: 'none' | 'bounded' | 'open';
  /** On the object itself, or of a function of the file. */
  readonly isOwn: boolean;
  readonly isTimer: boolean;
}

/** The names to which these calls lead. */
function reached(from: readonly Call[], by: readonly Call[]): ReadonlySet<string> {
  const names = new Set(from.map(({ callee }) => callee));
  for (const name of names) for (const { caller, callee } of by) if (caller === name) names.add(callee);
  return names;
}

function callsOf(file: ts.SourceFile): readonly Call[] {
  const calls: Call[] = [];
  const visit = (node: ts.Node): void => {
    const callee = ts.isCallExpression(node) ? calleeOf(node) : undefined;
    if (ts.isCallExpression(node) && callee !== undefined)
      calls.push({ ...placeOf(node), ...callee, isTimer: isTimer(node) });
    node.forEachChild(visit);
  };
  visit(file);
  return calls;
}

function calleeOf({ expression }: ts.CallExpression): Pick<Call, 'callee' | 'isOwn'> | undefined {
  if (ts.isIdentifier(expression)) return { callee: expression.text, isOwn: true };
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const isOwn = expression.expression.kind === ts.SyntaxKind.ThisKeyword;
  return { callee: expression.name.text, isOwn };
}

function placeOf(call: ts.Node): Pick<Call, 'caller' | 'loop'> {
  let loop: Call['loop'] = 'none';
  for (let node = call; !ts.isSourceFile(node); node = node.parent) {
    if (isOpenLoop(node)) loop = 'open';
    else if (loop === 'none' && ts.isIterationStatement(node, false)) loop = 'bounded';
    const name = nameOf(node);
    if (name !== undefined) return { caller: name, loop };
  }
  return { caller: '', loop };
}

function isTimer({ expression }: ts.CallExpression): boolean {
  if (ts.isIdentifier(expression)) return FUNCTIONS.has(expression.text);
  return ts.isPropertyAccessExpression(expression) && METHODS.has(expression.name.text);
}

function isOpenLoop(node: ts.Node): boolean {
  if (ts.isForStatement(node)) return node.initializer === undefined;
  return ts.isWhileStatement(node) || ts.isDoStatement(node);
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) return node.name?.getText();
  const isFunction = ts.isArrowFunction(node) || ts.isFunctionExpression(node);
  return isFunction && ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : undefined;
}
