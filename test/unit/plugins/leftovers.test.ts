import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Leftovers } from '../../../plugins/leftovers/leftovers.js';
import { OpenBook } from '../../../plugins/leftovers/open-book.js';
import { Owners } from '../../../plugins/leftovers/owners.js';
import { leftOpenBy } from '../../../plugins/leftovers/left-by.js';
import { root } from '../../repo/support/tree.js';
import { LEAKS, writeLeakyPlugin, type LeakyPlugin } from '../../worlds/leaky-plugin.js';

interface Made {
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface LeakyModule {
  readonly default: { setup(context: object): void };
  closeAll(): Promise<void>;
}

describe('what plugins leave open', function () {
  this.timeout(20_000);
  const installation = `${root.replace(/\/$/, '')}/`;
  let plugin: LeakyPlugin;
  let module: LeakyModule;
  let leftovers: Leftovers;

  const make = (config: object): Made => {
    let made: Made | undefined;
    const provide = (_port: string, _name: string, offer: { create(context: object): Made }): void =>
      void (made = offer.create({ config }));
    module.default.setup({ provide });
    return made!;
  };
  const kinds = (left: readonly string[]): Record<string, number> =>
    Object.fromEntries(
      left.map((text) => /^(\d+) ([^(]+) \(/.exec(text)!).map(([, count, kind]) => [kind, Number(count)]),
    );

  beforeEach(async () => {
    plugin = writeLeakyPlugin();
    leftovers = new Leftovers({ installation });
    leftovers.watch({ name: 'leaky', module: plugin.module, folder: plugin.folder });
    module = (await import(pathToFileURL(plugin.module).href)) as LeakyModule;
  });

  afterEach(async () => {
    leftovers.close();
    await module.closeAll();
    plugin.remove();
  });

  it('tells each kind with its number and the place in the plugin', async () => {
    const adapter = make({ tidy: false });
    await adapter.start();
    await adapter.stop();
    const left = await leftovers.left('leaky');
    expect(kinds(left)).to.deep.equal(LEAKS);
    for (const text of left) expect(text).to.match(/\((?:index\.mjs:\d+:\d+(?:, )?)+\)$/);
    await module.closeAll();
    expect(await leftovers.left('leaky')).to.deep.equal([]);
  });

  it('says nothing of a plugin that closes what it opened', async () => {
    const adapter = make({ tidy: true });
    await adapter.start();
    await adapter.stop();
    expect(await leftovers.left('leaky')).to.deep.equal([]);
  });

  it('does not hold against a plugin what others open meanwhile', async () => {
    const adapter = make({ tidy: true });
    const starting = adapter.start();
    const server = createServer((_request, response) => response.end('here'));
    server.listen(0, '127.0.0.1');
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const timer = setInterval(() => undefined, 1_000);
    await starting;
    if (!server.listening) await once(server, 'listening');
    await adapter.stop();
    try {
      expect(await leftovers.left('leaky')).to.deep.equal([]);
    } finally {
      clearInterval(timer);
      child.kill('SIGKILL');
      server.close();
    }
  });

  it('holds against a plugin what a library and the kit open for it, and not what the service opens', () => {
    const owners = new Owners({ installation: '/opt/service/' });
    const other = { module: '/opt/plugins/other.mjs' };
    const again = { ...other, edition: 2 };
    const mine = { module: '/opt/plugins/mine/dist/index.js', folder: '/opt/plugins/mine' };
    for (const each of [other, again, mine]) owners.add(each);
    const opener = (...files: readonly string[]): object | undefined =>
      owners.openerOf(files.map((file) => ({ file, query: '', line: 1, column: 1 })))?.owner;
    const own = '/opt/plugins/mine/dist/index.js';
    expect(opener('node:net', own)).to.equal(mine);
    expect(opener('node:net', '/opt/plugins/mine/node_modules/mqtt/index.js', 'node:timers')).to.equal(mine);
    expect(opener('node:net', '/opt/node_modules/mqtt/index.js', own)).to.equal(mine);
    expect(opener('/opt/service/dist/lib/adapters/_shared/child-process.js', own)).to.equal(mine);
    expect(opener('/opt/service/node_modules/ws/index.js', own)).to.equal(mine);
    expect(opener('/opt/plugins/other.mjs', own)).to.equal(other);
    expect(opener('node:timers', '/opt/service/dist/camera-service.mjs', own)).to.equal(undefined);
    expect(opener('node:timers', '/opt/node_modules/mqtt/index.js')).to.equal(undefined);
    const frame = { file: other.module, query: '?edition=2', line: 1, column: 1 };
    expect(owners.openerOf([frame])?.owner).to.equal(again);
  });

  it('forgets what has been closed, however much it was', async () => {
    const book = new OpenBook<string>();
    const place = 'index.js:1:1';
    let looks = 0;
    for (let index = 0; index < 10_000; index++)
      book.add('mine', { kind: 'timer', isOpen: () => (looks++, false) }, place);
    expect(looks).to.be.within(9_000, 20_000);
    for (let index = 0; index < 1_000; index++)
      book.add('mine', { kind: 'timer', isOpen: () => true }, place);
    expect(book.left(['mine'])).to.deep.equal(['1000 timers (index.js:1:1)']);
  });

  it('takes back what it has wrapped', () => {
    const wrapped = setTimeout;
    leftovers.close();
    expect(setTimeout).not.to.equal(wrapped);
    expect(setTimeout).to.have.property('name', 'setTimeout');
  });

  it('tells a test what a piece of work has left', async () => {
    const adapter = make({ tidy: false });
    const other = setInterval(() => undefined, 1_000);
    const left = await leftOpenBy(async () => {
      await adapter.start();
      await adapter.stop();
    });
    clearInterval(other);
    expect(kinds(left)).to.deep.equal(LEAKS);
    const tidy = make({ tidy: true });
    const nothing = await leftOpenBy(async () => {
      await tidy.start();
      await tidy.stop();
    });
    expect(nothing).to.deep.equal([]);
  });
});
