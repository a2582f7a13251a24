import type { OptionSchema } from '../ports/index.js';
import type { Section } from './schema.js';

const MASK = '[Sensitive]';

/** A section with what its options are set to, each with its title and description, as YAML that could be a configuration. */
export function explainValues(
  sections: readonly Section[],
  valuesOf: (section: string) => Readonly<Record<string, unknown>>,
): string {
  return sections
    .map(({ name, schema }) => {
      const values = mask(schema, valuesOf(name)) as Readonly<Record<string, unknown>>;
      const options = Object.entries(schema.properties ?? {}).flatMap(([option, { title, description }]) => [
        ...[title, description].flatMap((text) => (text === undefined ? [] : [`  # ${text}`])),
        `  ${option}: ${JSON.stringify(values[option] ?? null)}`,
      ]);
      return [`${name}:`, ...options].join('\n');
    })
    .join('\n\n');
}

/** The values of all sections as JSON for people, with a mask in place of each secret. */
export function describeValues(
  sections: readonly Section[],
  valuesOf: (section: string) => Readonly<Record<string, unknown>>,
): string {
  const masked = ({ name, schema }: Section): Record<string, unknown> =>
    mask(schema, valuesOf(name)) as Record<string, unknown>;
  const own = Object.fromEntries(
    sections.filter(({ isListed }) => !isListed).map((section) => [section.name, masked(section)]),
  );
  // As the user writes them: one entry for each adapter that has no section of its own.
  const listed = sections
    .filter(({ isListed }) => isListed)
    .map((section) => ({ adapter: section.name, ...masked(section) }));
  return JSON.stringify({ ...own, plugins: { ...own['plugins'], config: listed } }, null, 2);
}

function mask(schema: OptionSchema | undefined, value: unknown): unknown {
  if (schema?.writeOnly === true) return MASK;
  if (Array.isArray(value)) return value.map((item: unknown) => mask(schema?.items, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]: [string, unknown]) => [
      name,
      mask(schema?.properties?.[name], part),
    ]),
  );
}
