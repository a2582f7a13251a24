/** What the files of a port and of its contract suite say, read as text: members with their words, rules with their titles. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface PortMember {
  /** As it is declared, on one line. */
  readonly signature: string;
  readonly words: string;
}

export interface PortSource {
  readonly words: string;
  readonly members: readonly PortMember[];
  /** Further types of the file, with the first sentence about each. */
  readonly types: readonly { readonly name: string; readonly words: string }[];
}

export interface ContractRule {
  readonly id: string;
  readonly title: string;
}

/** @param noun name of the port's interface. */
export function readPort(file: string, noun: string): PortSource {
  const source = ts.createSourceFile(file, read(`ports/${file}.ts`), ts.ScriptTarget.ES2022, true);
  const types = source.statements.filter(
    (each) => ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each),
  );
  const port = types.find((each) => each.name.text === noun);
  if (port === undefined || !ts.isInterfaceDeclaration(port)) throw new Error(`ports/${file}.ts: no ${noun}`);
  return {
    words: wordsOf(port),
    members: port.members.flatMap(memberOf),
    types: types
      .filter((each) => each !== port)
      .map((each) => ({ name: each.name.text, words: wordsOf(each) })),
  };
}

/** The rules that the suite of a port checks, in the order of the cases. */
export function readRules(file: string): readonly ContractRule[] {
  const folder = 'test/contract';
  const parts = readdirSync(join(root, folder)).filter(
    (name) => name.startsWith(`${file}.`) && name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
  const texts = parts.sort(suiteFirst).map((name) => read(`${folder}/${name}`));
  const trait = titlesIn(read(`${folder}/lifecycle.trait.ts`));
  const shared = trait.filter(({ id }) =>
    texts.some((text) =>
      text.includes(id === 'life-optional' ? 'optionalLifecycleTrait(' : ' lifecycleTrait('),
    ),
  );
  const identity = texts.some((text) => text.includes(' identityTrait('))
    ? titlesIn(read(`${folder}/identity.trait.ts`))
    : [];
  const rules = [...texts.flatMap(titlesIn), ...identity, ...shared];
  return rules.filter(({ id }, index) => rules.findIndex((each) => each.id === id) === index);
}

const suiteFirst = (a: string, b: string): number =>
  Number(b.endsWith('.contract.ts')) - Number(a.endsWith('.contract.ts')) || (a < b ? -1 : 1);

function titlesIn(text: string): ContractRule[] {
  const titles = text.matchAll(/(['"`])\[([a-z0-9-]+)\] ((?:(?!\1)[^\\\n]|\\.)+)\1/g);
  return [...titles].map(([, , id = '', title = '']) => ({
    id,
    title: title.replaceAll(/\$\{[^}]*\}/g, '…').replaceAll('\\', ''),
  }));
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** What an adapter says of itself in a property, such as `supports`, is told word by word. */
function memberOf(member: ts.TypeElement): PortMember[] {
  const type = ts.isPropertySignature(member) ? member.type : undefined;
  if (type === undefined || !ts.isTypeLiteralNode(type))
    return [{ signature: signatureOf(member), words: wordsOf(member) }];
  const outer = member.name?.getText() ?? '';
  return type.members.map((inner) => ({
    signature: `${outer}.${signatureOf(inner)}`,
    words: wordsOf(inner),
  }));
}

function signatureOf(member: ts.Node): string {
  return member
    .getText()
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/;\s*$/, '')
    .replace(/^readonly /, '')
    .trim();
}

/** The comment before a declaration: its text, then what its tags say. */
function wordsOf(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const told = comments.flatMap((comment) => [
    ts.getTextOfJSDocComment(comment.comment) ?? '',
    ...(comment.tags ?? []).map(tagText),
  ]);
  return told
    .map((text) => text.replaceAll(/\s+/g, ' ').trim())
    .filter((text) => text !== '')
    .join(' ');
}

function tagText(tag: ts.JSDocTag): string {
  const text = ts.getTextOfJSDocComment(tag.comment) ?? '';
  const name = tag.tagName.text;
  // The compiler takes the first word behind `@throws` for a type and leaves it in place.
  const whole = tag
    .getText()
    .replace(/^@\w+\s*/, '')
    .replaceAll(/\n\s*\*\s?/g, ' ');
  if (name === 'param' && ts.isJSDocParameterTag(tag)) return `\`${tag.name.getText()}\`: ${text}`;
  if (name === 'throws') return `Throws ${whole}`;
  return name === 'returns' ? `Returns ${text}` : text;
}
