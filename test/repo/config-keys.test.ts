import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { paths, read, root } from './support/tree.js';

const REFERENCE = 'docs/reference/config.md';
const SECRET = /(^|_)(secret|password|token|credential)s?$/;

interface Key {
  readonly file: string;
  readonly name: string;
  readonly doc: unknown;
  readonly sensitive: unknown;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keys of a convict schema: what has a default is a key, everything else is a section. */
function keysOf(file: string, section: unknown): Key[] {
  if (!isObject(section)) return [];
  return Object.entries(section).flatMap(([name, value]) =>
    isObject(value) && 'default' in value
      ? [{ file, name, doc: value['doc'], sensitive: value['sensitive'] }]
      : keysOf(file, value),
  );
}

async function keysIn(file: string): Promise<Key[]> {
  const module = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>;
  return Object.values(module).flatMap((section) => keysOf(file, section));
}

describe('configuration keys', () => {
  let keys: readonly Key[];
  before(async () => {
    keys = (await Promise.all(paths(/^config\/sections\/.*\.ts$/).map(keysIn))).flat();
  });

  it('are found', () => {
    expect(keys.length).to.be.greaterThan(10);
  });

  it('are words with underscores', () => {
    expect(keys.filter(({ name }) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name))).to.deep.equal([]);
  });

  it('say what they are for', () => {
    expect(keys.filter(({ doc }) => typeof doc !== 'string' || doc.length < 8)).to.deep.equal([]);
  });

  it('are masked when they hold a secret', () => {
    expect(keys.filter(({ name, sensitive }) => SECRET.test(name) && sensitive !== true)).to.deep.equal([]);
  });

  it('are in the reference', () => {
    const reference = read(REFERENCE);
    expect(keys.filter(({ name }) => !new RegExp(`[.\`]${name}\``).test(reference))).to.deep.equal([]);
  });
});
