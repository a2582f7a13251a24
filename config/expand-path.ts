import type { ValuePath } from '../core/validation/json-schema.js';
import type { OptionSchema } from '../ports/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A path as it was meant, or what is wrong with it. */
export type Expansion = { readonly path: string } | { readonly fault: string };

const REFERENCE = /\$(?:\$|\{([^{}]*)\}|)/g;

/** Expands `~` at the beginning and `${NAME}` anywhere; `$$` is a dollar. A path that nobody would want is refused. */
export function expandPath(text: string, env: Environment): Expansion {
  let fault: string | undefined;
  const expanded = text.replace(REFERENCE, (found, name: string | undefined) => {
    if (found === '$$') return '$';
    const value = name === undefined || !Object.hasOwn(env, name) ? undefined : env[name];
    if (value !== undefined && value !== '') return value;
    fault ??=
      name === undefined
        ? 'contains a single "$"; write ${NAME} for a variable and $$ for a dollar sign'
        : `uses \${${name}}, which is not set`;
    return '';
  });
  if (fault !== undefined) return { fault };
  // eslint-disable-next-line no-control-regex -- a path with one is a slip of an editor, or worse
  if (/[\u0000-\u001f]/.test(expanded)) return { fault: 'contains a control character' };
  if (!text.startsWith('~')) return { path: expanded };
  if (text !== '~' && !text.startsWith('~/'))
    return { fault: 'begins with "~" and a name; only ~ and ~/ are expanded' };
  const home = env['HOME'] ?? '';
  return home === '' ? { fault: 'begins with "~", but HOME is not set' } : { path: home + expanded.slice(1) };
}

/** Expands what a value has of paths: the value itself, or the items of a list. */
export function expandPaths(
  schema: OptionSchema,
  value: unknown,
  env: Environment,
): { readonly value: unknown } | { readonly fault: string; readonly path: ValuePath } {
  if (Array.isArray(value) && schema.items !== undefined) {
    const items: unknown[] = [];
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      const expanded = expandPaths(schema.items, item, env);
      if ('fault' in expanded) return { fault: expanded.fault, path: [index, ...expanded.path] };
      items.push(expanded.value);
    }
    return { value: items };
  }
  if (schema.format !== 'path' || typeof value !== 'string') return { value };
  const expansion = expandPath(value, env);
  return 'fault' in expansion
    ? { fault: `the path ${expansion.fault}`, path: [] }
    : { value: expansion.path };
}
