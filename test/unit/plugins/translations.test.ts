import { expect } from 'chai';
import { judgeManifest } from '../../../plugins/host/manifest.js';
import { inLanguage, optionKeys, textsFor } from '../../../plugins/host/translations.js';
import type { OptionSchema } from '../../../plugins/api/index.js';

const described = (description: string): OptionSchema => ({ type: 'string', description, default: '' });
const OPTIONS: OptionSchema = {
  type: 'object',
  properties: {
    folder: described('Folder with the links.'),
    places: {
      type: 'array',
      description: 'Places to look at.',
      default: [],
      items: { type: 'object', properties: { name: described('Name of the place.') }, required: [] },
    },
  },
};
const PROVIDES = [
  { port: 'DeviceEventSource', name: 'folder', options: OPTIONS },
  { port: 'Transport', name: 'socket', section: 'socket', options: OPTIONS },
] as const;
const SECTIONS = ['DeviceEventSource/folder', 'socket'].map((name) => ({ name, schema: OPTIONS }));
const DE = {
  'DeviceEventSource/folder.folder': { title: 'Ordner', description: 'Ordner mit den Verweisen.' },
  'socket.places.name': { description: 'Name des Ortes.' },
};

const judged = (translations: unknown) =>
  judgeManifest({ apiVersion: '^1.0.0', provides: PROVIDES, translations });
const faults = (translations: unknown): readonly string[] => {
  const verdict = judged(translations);
  return 'manifest' in verdict ? [] : verdict.faults.map(({ path, rule }) => `${path.join(' ')}: ${rule}`);
};

describe('translations of options', () => {
  it('go by the keys of options, also of those inside of lists', () => {
    expect(optionKeys(SECTIONS)).to.deep.equal(
      ['DeviceEventSource/folder', 'socket'].flatMap((section) =>
        ['folder', 'places', 'places.name'].map((option) => `${section}.${option}`),
      ),
    );
    const verdict = judged({ de: DE, 'pt-BR': {} });
    expect('manifest' in verdict && verdict.manifest.translations).to.deep.equal({ de: DE, 'pt-BR': {} });
  });

  const wrong: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    'no object': [[], /^translations: must be an object of languages/],
    'a language that people write otherwise': [
      { de_AT: {} },
      /^translations de_AT: is no language tag .*; did you mean de-AT\?/,
    ],
    'a language in capitals': [{ DE: {} }, /did you mean de\?/],
    'a language that is none': [
      { 'a language': {} },
      /^translations a language: is no language tag \(BCP 47\), such as de or pt-BR$/,
    ],
    'a number for texts': [{ de: 7 }, /^translations de: must be an object of options/],
    'an unknown option': [
      { de: { 'socket.ordner': { title: 'x' } } },
      /^translations de socket\.ordner: the plugin has no such option/,
    ],
    'an option of the service': [{ de: { 'server.port': { title: 'x' } } }, /no such option/],
    'a section': [{ de: { socket: { title: 'x' } } }, /no such option/],
    'a text alone': [
      { de: { 'socket.folder': 'Ordner' } },
      /^translations de socket\.folder: must have a title or a description/,
    ],
    'no text': [{ de: { 'socket.folder': {} } }, /must have a title or a description/],
    'an unknown field': [
      { de: { 'socket.folder': { help: 'x' } } },
      /^translations de socket\.folder help: there is no such key/,
    ],
    'an empty title': [{ de: { 'socket.folder': { title: '' } } }, /title: must be text of one line/],
    'a title without end': [{ de: { 'socket.folder': { title: 'x'.repeat(101) } } }, /up to 100 characters/],
    'a description of two lines': [
      { de: { 'socket.folder': { description: 'a\nb' } } },
      /one line, of up to 1000/,
    ],
    'a key of every object': [{ de: { constructor: { title: 'x' } } }, /no such option/],
  };
  for (const [what, [translations, words]] of Object.entries(wrong))
    it(`are refused when they have ${what}`, () => {
      expect(faults(translations).join('\n')).to.match(words);
    });

  it('name each fault, and what was perhaps meant', () => {
    const verdict = judged({ de: { 'socket.foldr': { title: 'x' } }, en_US: {} });
    expect('faults' in verdict && verdict.faults).to.have.length(2);
    expect('faults' in verdict && verdict.faults[0]?.unknown).to.deep.include({ word: 'socket.foldr' });
  });

  it('are looked up from the special to the general language', () => {
    const translations = { de: { a: { title: 'de' }, b: { title: 'de' } }, 'de-AT': { a: { title: 'at' } } };
    const titles = (language: string) => {
      const texts = textsFor(translations, language);
      return [texts['a']?.title, texts['b']?.title];
    };
    expect(titles('de-AT')).to.deep.equal(['at', 'de']);
    expect(titles('DE-at-1996')).to.deep.equal(['at', 'de']);
    expect(titles('de-x-private')).to.deep.equal(['de', 'de']);
    expect(titles('de')).to.deep.equal(['de', 'de']);
    expect(titles('fr')).to.deep.equal([undefined, undefined]);
    expect(titles('')).to.deep.equal([undefined, undefined]);
    expect(textsFor(translations, 'de')['constructor']).to.equal(undefined);
  });

  it('take the place of titles and descriptions, and of nothing else', () => {
    const { properties } = inLanguage(OPTIONS, 'DeviceEventSource/folder', DE);
    expect(properties?.['folder']).to.deep.equal({
      ...OPTIONS.properties?.['folder'],
      ...{ title: 'Ordner', description: 'Ordner mit den Verweisen.' },
    });
    const inside = inLanguage(OPTIONS, 'socket', DE).properties?.['places'];
    expect(inside?.description).to.equal('Places to look at.');
    expect(inside?.items?.properties?.['name']?.description).to.equal('Name des Ortes.');
    expect(inLanguage(OPTIONS, 'socket', {})).to.deep.equal(OPTIONS);
  });
});
