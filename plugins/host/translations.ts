/** Titles and descriptions of options in the languages of people. What a manifest says of them may be anything. */
import type { OptionSchema } from '../api/index.js';
import type { OptionSection } from './offer.js';
import { isObject } from './schema-fault.js';

export interface OptionText {
  readonly title?: string;
  readonly description?: string;
}

/** By the key of the option: `section.option`, or `Port/name.option` of an adapter without a section. */
export type OptionTexts = Readonly<Record<string, OptionText>>;

/** By language tag (BCP 47). */
export type Translations = Readonly<Record<string, OptionTexts>>;

export interface TranslationFault {
  readonly path: readonly string[];
  readonly rule: string;
  readonly unknown?: { readonly word: string; readonly known: readonly string[] };
}

const MOST_LANGUAGES = 100;
const LONGEST = { title: 100, description: 1_000 } as const;
const CONTROL = /\p{Cc}/u;

type Sections = readonly Pick<OptionSection, 'name' | 'schema'>[];

/** Keys of all options, with those inside of objects and of items of lists. */
export function optionKeys(sections: Sections): readonly string[] {
  return sections.flatMap(({ name, schema }) => keysOf(schema, name));
}

export function translationFaults(translations: unknown, sections: Sections): readonly TranslationFault[] {
  if (!isObject(translations)) return [{ path: [], rule: 'must be an object of languages' }];
  const languages = Object.keys(translations);
  if (languages.length > MOST_LANGUAGES)
    return [{ path: [], rule: `can have ${String(MOST_LANGUAGES)} languages at most` }];
  const keys = optionKeys(sections);
  return languages.flatMap((language) =>
    [languageFault(language) ?? textsFaults(translations[language], keys)]
      .flat()
      .map((fault) => ({ ...fault, path: [language, ...fault.path] })),
  );
}

/**
 * The texts for whoever reads a language, by the lookup of RFC 4647 §3.4: of `de-AT`, those in `de-AT`, and where there are none those
 * in `de`. @param language as people write it; one that is no tag has no texts.
 */
export function textsFor(translations: Translations, language: string): OptionTexts {
  const ranges: string[] = [];
  for (let parts = language.split('-'); parts.length > 0; parts = shortened(parts))
    ranges.push(parts.join('-'));
  const found = ranges
    .map(
      (range) => Object.entries(translations).find(([tag]) => tag.toLowerCase() === range.toLowerCase())?.[1],
    )
    .filter((texts) => texts !== undefined);
  // The most specific comes last, and wins.
  return Object.assign(Object.create(null), ...found.reverse()) as OptionTexts;
}

/** The same schema with these titles and descriptions. @param key of what it describes, such as its section. */
export function inLanguage(schema: OptionSchema, key: string, texts: OptionTexts): OptionSchema {
  const { properties, items } = schema;
  return {
    ...schema,
    ...texts[key],
    ...(items === undefined ? {} : { items: withoutOwn(inLanguage(items, key, texts), items) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, each]) => [
              name,
              inLanguage(each, `${key}.${name}`, texts),
            ]),
          ),
        }),
  };
}

/** The items of a list share its key; its own text is about the list. */
function withoutOwn(schema: OptionSchema, before: OptionSchema): OptionSchema {
  const { title: _title, description: _description, ...rest } = schema;
  const { title, description } = before;
  return {
    ...rest,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
  };
}

function keysOf({ properties = {}, items }: OptionSchema, key: string): readonly string[] {
  const own = Object.entries(properties).flatMap(([name, each]) => {
    const inner = `${key}.${name}`;
    return [inner, ...keysOf(each, inner)];
  });
  return items === undefined ? own : [...own, ...keysOf(items, key)];
}

function languageFault(language: string): readonly TranslationFault[] | undefined {
  const canonical = canonicalTag(language);
  if (canonical === language) return undefined;
  const near = canonical === undefined ? '' : `; did you mean ${canonical}?`;
  return [{ path: [], rule: `is no language tag (BCP 47), such as de or pt-BR${near}` }];
}

/** People write `de_AT` and `DE`. */
function canonicalTag(language: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(language.replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}

function textsFaults(texts: unknown, keys: readonly string[]): readonly TranslationFault[] {
  if (!isObject(texts)) return [{ path: [], rule: 'must be an object of options' }];
  return Object.entries(texts).flatMap(([key, text]) =>
    keys.includes(key)
      ? textFaults(text).map((fault) => ({ ...fault, path: [key, ...fault.path] }))
      : [{ path: [key], rule: 'the plugin has no such option', unknown: { word: key, known: keys } }],
  );
}

function textFaults(text: unknown): readonly TranslationFault[] {
  const known = Object.keys(LONGEST) as readonly (keyof typeof LONGEST)[];
  if (!isObject(text) || Object.keys(text).length === 0)
    return [{ path: [], rule: `must have a ${known.join(' or a ')}` }];
  return Object.entries(text).flatMap(([name, words]) => {
    const longest = known.find((each) => each === name);
    if (longest === undefined)
      return [{ path: [name], rule: 'there is no such key', unknown: { word: name, known } }];
    const most = LONGEST[longest];
    const isText = typeof words === 'string' && words !== '' && words.length <= most && !CONTROL.test(words);
    return isText
      ? []
      : [{ path: [name], rule: `must be text of one line, of up to ${String(most)} characters` }];
  });
}

/** RFC 4647 §3.4: a single letter or digit at the end goes with what stood behind it. */
function shortened(parts: readonly string[]): string[] {
  const shorter = parts.slice(0, -1);
  return shorter.at(-1)?.length === 1 ? shorter.slice(0, -1) : [...shorter];
}
