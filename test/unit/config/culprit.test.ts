import { expect } from 'chai';
import { culpritOf, type Suspect } from '../../../config/culprit.js';

const one: Suspect = { name: 'one', module: '/opt/plugins/one/dist/index.js', folder: '/opt/plugins/one' };
const two: Suspect = { name: 'two', module: '/srv/my plugins/two.mjs', folder: '/' };
const three: Suspect = { name: 'three', module: '/srv/my plugins/three.mjs', folder: '/' };

function thrown(...places: readonly string[]): Error {
  const error = new Error('planted');
  error.stack = ['Error: planted', ...places.map((place) => `    at f (${place}:1:1)`)].join('\n');
  return error;
}
const ours = new URL('../../../core/x.ts', import.meta.url).href;
const node = 'node:internal/timers';

describe('the culprit of an error that nobody caught', () => {
  it('is the plugin in whose files the error came up, or in a package that it uses', () => {
    expect(culpritOf(thrown(node, 'file:///opt/plugins/one/dist/lib.js'), [one, two])).to.equal(one);
    expect(culpritOf(thrown('/opt/plugins/one/node_modules/x/y.js'), [one, two])).to.equal(one);
  });

  it('is the plugin that called us', () => {
    expect(culpritOf(thrown(ours, 'file:///opt/plugins/one/dist/index.js'), [one, two])).to.equal(one);
  });

  it('is the bare file itself, not the one beside it, also with a space in its path', () => {
    expect(culpritOf(thrown('file:///srv/my%20plugins/three.mjs'), [two, three])).to.equal(three);
    expect(culpritOf(thrown('file:///srv/my%20plugins/lib.mjs'), [two])).to.equal(two);
  });

  it('is the service where only its own files are in the stack, and where there is no plugin', () => {
    expect(culpritOf(thrown(ours, node), [one])).to.equal('service');
    expect(culpritOf(thrown(node), [])).to.equal('service');
    expect(culpritOf('a text', [{ name: 'built in' }])).to.equal('service');
  });

  it('is the only plugin when the stack shows nobody, and unknown among several', () => {
    expect(culpritOf(thrown(node), [one])).to.equal(one);
    expect(culpritOf('a text', [one])).to.equal(one);
    expect(culpritOf(thrown(node), [one, two])).to.equal('unknown');
    expect(culpritOf(undefined, [one, two])).to.equal('unknown');
  });
});
