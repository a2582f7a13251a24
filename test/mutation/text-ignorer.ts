import type { Ignorer, NodePath } from '@stryker-mutator/api/ignore';
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** As much of a syntax tree as is looked at here. */
interface Node {
  readonly type: string;
  readonly key?: Node;
  readonly name?: string;
  readonly callee?: Node;
  readonly object?: Node;
  readonly property?: Node;
}

const LEVELS = new Set(['debug', 'info', 'warn', 'error']);
const ERRORS = new Set(['Error', 'TypeError', 'RangeError']);

/** Texts for people are no part of a contract: messages of errors and what is logged. Their codes and times are. */
const ignorer: Ignorer = {
  shouldIgnore(path: NodePath): string | undefined {
    const { node } = path as { readonly node: Node };
    if (node.type === 'ObjectProperty' && node.key?.name === 'message') return 'the message of an error';
    if (node.type === 'NewExpression' && ERRORS.has(node.callee?.name ?? ''))
      return 'the message of an error';
    if (node.type === 'CallExpression' && isLogCall(node.callee)) return 'what is logged';
    return undefined;
  },
};

/** `log.warn(…)`, `this.#log.warn(…)`, `deps.log.warn(…)`. */
function isLogCall(callee: Node | undefined): boolean {
  if (callee?.type !== 'MemberExpression' || !LEVELS.has(callee.property?.name ?? '')) return false;
  const { object } = callee;
  const owner = object?.type === 'MemberExpression' ? object.property : object;
  const name = owner?.name ?? (owner as { readonly id?: Node } | undefined)?.id?.name;
  return name === 'log' || name === 'logger';
}

export const textIgnorer = declareValuePlugin(PluginKind.Ignore, 'texts', ignorer);
