import { expect } from 'chai';
import { builtInSections } from '../../config/catalogue.js';
import { settingsOf, type Setting } from '../../config/schema.js';
import { read } from './support/tree.js';

const REFERENCE = 'docs/reference/config.md';
const SECRET = /(^|_)(secret|password|token|credential)s?$/;

describe('configuration keys', () => {
  let settings: readonly Setting[];
  before(async () => {
    settings = [...settingsOf(await builtInSections()).values()];
  });
  const keys = (isWrong: (setting: Setting) => boolean): readonly string[] =>
    settings.filter(isWrong).map(({ key }) => key);

  it('are found', () => {
    expect(settings.length).to.be.greaterThan(100);
  });

  it('are words with underscores, below a section that is one', () => {
    expect(keys(({ key }) => !/^[a-z][a-z0-9_]*[.][a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key))).to.deep.equal([]);
  });

  it('say what they are for', () => {
    expect(keys(({ schema }) => (schema.description ?? '').length < 8)).to.deep.equal([]);
  });

  it('are masked when they hold a secret, and only then', () => {
    const isSecret = ({ option }: Setting): boolean => SECRET.test(option);
    expect(keys((setting) => isSecret(setting) !== (setting.schema.writeOnly === true))).to.deep.equal([]);
  });

  it('expand paths when they hold one', () => {
    const isPath = ({ option, section }: Setting): boolean =>
      section.name === 'paths' || /_(path|file)$/.test(option);
    expect(keys((setting) => isPath(setting) && setting.schema.format !== 'path')).to.deep.equal([]);
  });

  it('are in the reference', () => {
    const reference = read(REFERENCE);
    expect(keys(({ key }) => !reference.includes(`\`${key}\``))).to.deep.equal([]);
  });
});
