/** Finds every regular expression of the product, and texts that make bad ones slow. */
import ts from 'typescript';
import { paths, read } from './tree.js';

export interface Found {
  readonly place: string;
  readonly expression: RegExp;
}

const PRODUCT = /^(core|ports|adapters|plugins|config)\/.*\.(ts|mjs|cjs)$/;

/** All that stand as literals. `new RegExp(…)` is given the patterns of schemas only, which `patternsOf` finds. */
export function expressions(): Found[] {
  return paths(PRODUCT).flatMap((path) => {
    const found: Found[] = [];
    const file = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const line = file.getLineAndCharacterOfPosition(node.pos).line + 1;
        found.push({ place: `${path}:${String(line)}`, expression: fromLiteral(node.text) });
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    return found;
  });
}

/** The patterns of a JSON schema, however deep. */
export function patternsOf(schema: unknown, place: string): Found[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'pattern' && typeof value === 'string'
      ? [{ place, expression: new RegExp(value) }]
      : patternsOf(value, place),
  );
}

function fromLiteral(text: string): RegExp {
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1));
}

/** One character of most classes that an expression may name. */
const SAMPLES = [...'aZ0 _-.,:;/\\?&=@"\'{}[]()<>#%+*\t\n'];

/** Texts to repeat: each piece of the expression's own words, each sample, and each two of them together. */
export function pumps({ source }: RegExp): readonly string[] {
  const words = source
    .replace(/\\[wdsbWDSB]|\(\?<?[:=!]|[()|]|\[[^\]]*\]|\{[\d,]*\}/g, '\n')
    .replace(/\\(.)/g, '$1')
    .split(/[\n*+?^$]+/)
    .filter((word) => word !== '');
  const pieces = [...new Set([...words, ...(words.length > 1 ? [words.join('')] : []), ...SAMPLES])];
  return [
    ...new Set([
      ...pieces,
      ...pieces.flatMap((one) => words.flatMap((two) => [one + two, two + one])),
      ...SAMPLES.flatMap((one) => SAMPLES.map((two) => one + two)),
    ]),
  ];
}

/** Beginnings that bring an anchored expression to its quantifiers. */
export function beginnings({ source }: RegExp): readonly string[] {
  const word = /^\^?((?:[^\\()[\]{}*+?.^$|]|\\[^a-zA-Z0-9])+)/.exec(source)?.[1]?.replace(/\\(.)/g, '$1');
  return ['', 'a', '0', ...(word === undefined ? [] : [word, `${word}a`, `${word} `])];
}
