/** Configuration files as people and programs write them. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../../config/load.js';
import { ConfigWorld } from './config-world.js';

describe('configuration files', () => {
  let world: ConfigWorld;
  before(async () => {
    world = await ConfigWorld.open();
  });
  after(() => {
    world.close();
  });

  const port = (text: string | Uint8Array): unknown =>
    world.load({ file: world.file('own.yaml', text) }).get('server.port');

  it('may be empty, have empty sections, or comments only', () => {
    for (const text of ['', '\n', '# nothing\n', 'server:\n  # port: 9002\nlog:\n', 'server: {}\n', '---\n'])
      expect(port(text), text).to.equal(8002);
  });

  it('may come with a byte order mark, with CRLF, and as JSON', () => {
    expect(port('\ufeffserver:\n  port: 7\n')).to.equal(7);
    expect(port('server:\r\n  port: 7\r\n')).to.equal(7);
    expect(port('{"server": {"port": 7}}')).to.equal(7);
  });

  it('may name keys as the command line does', () => {
    expect(port('server.port: 9002\n')).to.equal(9002);
    expect(world.faultsOf('server.prot: 1\nserver.port:\n  a: 1\n')).to.deep.equal([
      'server.prot (FILE, line 1): there is no such key; did you mean server.port?',
      'server.port (FILE, line 2): is a mapping; must be a port from 0 to 65535',
    ]);
    expect(world.faultsOf('server.port: 1\nserver: {port: 2}\n')).to.deep.equal([
      'server.port (FILE, line 2): is already set in FILE, line 1',
    ]);
  });

  it('may share parts by anchors and merge keys', () => {
    const config = world.load({
      file: world.file('own.yaml', 'server: &all\n  stall_timeout_ms: 7\nhealth:\n  <<: *all\n  port: 9\n'),
    });
    expect([config.get('health.stall_timeout_ms'), config.get('health.port')]).to.deep.equal([7, 9]);
  });

  const faults: readonly (readonly [what: string, text: string | Uint8Array, ...faults: string[]])[] = [
    ['a list', '- a\n', 'FILE: must be a mapping of sections, such as "server:" with options below it'],
    ['a text', 'hello', 'FILE: must be a mapping of sections, such as "server:" with options below it'],
    [
      'two documents',
      'log: {}\n---\nlog: {}\n',
      'FILE, line 2: contains a second document (---); only one is allowed',
    ],
    [
      'a key twice',
      'server:\n  port: 1\n  port: 2\n',
      'FILE, line 3: this mapping contains the same key twice',
    ],
    ['a section twice', 'log: {}\nlog: {}\n', 'FILE, line 2: this mapping contains the same key twice'],
    ['tabs', 'server:\n\tport: 1\n', 'FILE, line 2: Tabs are not allowed as indentation'],
    ['Latin-1', Buffer.from('service:\n  node: caf\xe9\n', 'latin1'), 'FILE: is not UTF-8 text'],
    ['UTF-16', Buffer.from('\ufeffserver:\n  port: 1\n', 'utf16le'), 'FILE: is not UTF-8 text'],
    ['an alias of nothing', 'log:\n  level: *x\n', 'FILE, line 2: there is no &x before the alias *x'],
    [
      'an alias of itself',
      'streams:\n  prewarm: &a [*a]\n',
      'FILE, line 2: the alias *a refers to a value that contains it',
    ],
    ['a tag', 'server: !include x.yaml\n', 'FILE, line 1: Unresolved tag: !include'],
    ['a key that is no text', '? [a]\n: 1\n', 'FILE, line 1: With stringKeys, all keys must be strings'],
    ['more than it may have', '#'.repeat(300 * 1024), 'FILE: is larger than 256 KiB'],
    [
      'words of JavaScript',
      '__proto__: {a: 1}\nserver: {constructor: 1, toString: 2}\n',
      '__proto__ (FILE, line 1): there is no such section',
      'server.constructor (FILE, line 2): there is no such key',
      'server.toString (FILE, line 2): there is no such key',
    ],
    [
      'on for true',
      'service:\n  check_results: on\n',
      'service.check_results (FILE, line 2): is text (on, off, yes and no are text in YAML); must be true or false',
    ],
    [
      'a number as text',
      'server:\n  port: "9002"\n',
      'server.port (FILE, line 2): is text (write it without quotes); must be a port from 0 to 65535',
    ],
    [
      'a text as number',
      'service:\n  node: 5\n',
      'service.node (FILE, line 2): is a number (write it in quotes); must be text',
    ],
    [
      'numbers that are none',
      'server: {port: .nan, stall_timeout_ms: 1e400, max_connections: 1.5}\n',
      'server.port (FILE, line 1): is a number; must be a port from 0 to 65535',
      'server.stall_timeout_ms (FILE, line 1): is a number; must be a whole number from 1 to 2147483647',
      'server.max_connections (FILE, line 1): is a number; must be a whole number, 1 or more',
    ],
  ];
  for (const [what, text, ...expected] of faults) {
    it(`tell of ${what}`, () => {
      expect(world.faultsOf(text)).to.deep.equal(expected);
    });
  }

  for (const [what, text] of Object.entries({
    'lists without end': `a: ${'['.repeat(100_000)}`,
    'mappings in each other': `${'{a: '.repeat(60)}1${'}'.repeat(60)}`,
    'lists on one line': `${'- '.repeat(100_000)}a`,
    'keys that are keys': `${'? '.repeat(100_000)}a`,
    'indented sections': Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
  }))
    it(`tell of ${what}`, () => {
      expect(world.faultsOf(text)).to.deep.equal(['FILE: is nested too deeply']);
    });

  it('tell of aliases that would grow beyond all bounds', () => {
    const line = (name: string, of: string): string =>
      `${name}: &${name} [${Array(9).fill(of).join(', ')}]\n`;
    const bomb = `${line('a', 'x')}${line('b', '*a')}${line('c', '*b')}${line('d', '*c')}e: [*d, *d]\n`;
    expect(world.faultsOf(bomb)).to.deep.equal([
      'FILE: expands too many aliases; at most 100 values may be repeated',
    ]);
  });

  it('say why they cannot be read', () => {
    const at = (...path: string[]): string => join(world.folder, ...path);
    expect(world.faults({ file: at('none.yaml') })).to.deep.equal(['FILE: ENOENT: there is no such file']);
    mkdirSync(at('folder.yaml'));
    expect(world.faults({ file: at('folder.yaml') })).to.deep.equal(['FILE: EISDIR: it is a folder']);
    world.file('plain.yaml', '');
    expect(world.faults({ file: at('plain.yaml', 'x') })[0]).to.include('a part of the path is not a folder');
    expect(world.faults({ file: '' })).to.deep.equal([
      '--config (or CAMERA_SERVICE_CONFIG): the path is empty',
    ]);
    expect(world.faults({ file: '/dev/zero' })).to.deep.equal(['FILE: is larger than 256 KiB']);
  });

  it('may be pipes', () => {
    const path = join(world.folder, 'pipe.yaml');
    execFileSync('mkfifo', [path]);
    spawn('sh', ['-c', `printf 'server: {port: 7}' >'${path}'`], { stdio: 'ignore' });
    expect(world.load({ file: path }).get('server.port')).to.equal(7);
  });

  it('with thousands of faults are told of on one page', () => {
    const text = `streams:\n  prewarm:\n${'    - a b\n'.repeat(5_000)}`;
    const error = (() => {
      try {
        world.load({ file: world.file('own.yaml', text) });
      } catch (cause) {
        return cause as Error;
      }
      throw new Error('it was taken');
    })();
    expect(error).to.be.instanceOf(ConfigError);
    expect(error.message.split('\n').length).to.be.within(30, 40);
    expect(error.message).to.match(/and \d+ more$/);
  });
});
