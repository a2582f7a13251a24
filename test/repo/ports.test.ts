import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { expect } from 'chai';
import { exists, folders, paths, read, root } from './support/tree.js';

const NOT_PORTS = new Set([
  'address-group',
  'camera-name',
  'http-status',
  'index',
  'lifecycle',
  'options',
  'port-error',
  'route-endpoint',
  'rpc-failure',
  'service-endpoint',
]);
const BROKEN_AT_LEAST = 5;
const LINES_AT_MOST = 140;
/** Needed before plugins are loaded, so `config/` makes them; or made for tests, ours and those of third parties. */
const WITHOUT_PLUGIN = /^(clock|logger)\//;

const ports = paths(/^ports\/[^/]+\.ts$/)
  .map((path) => path.slice('ports/'.length, -'.ts'.length))
  .filter((name) => !NOT_PORTS.has(name));

const adapters = folders('adapters')
  .filter((port) => port !== '_shared')
  .flatMap((port) => folders(`adapters/${port}`).map((technology) => ({ port, technology })));

/** All exported lists of `{ rule, … }` of a module, as one list of rule names. */
async function brokenRules(path: string): Promise<string[]> {
  const module = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>;
  const entries: unknown[] = Object.values(module).filter(Array.isArray).flat();
  return entries.flatMap((entry) => {
    const rule = (entry as { rule?: unknown } | null)?.rule;
    return typeof rule === 'string' ? [rule] : [];
  });
}

describe('ports', () => {
  it('are found', () => {
    expect(ports).to.include.members(['device-event-source', 'media-server', 'transport', 'clock']);
  });

  for (const port of ports) {
    describe(port, () => {
      it('is a page', () => {
        expect(read(`ports/${port}.ts`).split('\n').length).to.be.at.most(LINES_AT_MOST);
        expect(read('ports/index.ts')).to.include(`'./${port}.js'`);
      });

      it('has a contract suite', () => {
        expect(exists(`test/contract/${port}.contract.ts`)).to.equal(true);
      });

      it('has an adapter that needs nothing', () => {
        expect(folders(`adapters/${port}`)).to.include.oneOf(['memory', 'manual']);
      });

      it(`has ${BROKEN_AT_LEAST} broken adapters or more, and a test that each is caught`, async () => {
        const broken = `test/contract/self/${port}.broken.ts`;
        expect(exists(broken), broken).to.equal(true);
        expect(read('test/contract/self/broken-adapters.ts'), 'self test').to.include(`./${port}.broken.js`);
        const rules = await brokenRules(broken);
        expect(rules.length).to.be.at.least(BROKEN_AT_LEAST);
        // A long suite is spread over files beside it, `<port>.<part>.ts`.
        const parts = paths(new RegExp(`^test/contract/${port}[.](?!.*[.]test[.]ts$)[^/]+[.]ts$`));
        const suite = parts.map(read).join('');
        expect(rules.filter((rule) => !suite.includes(`[${rule}]`))).to.deep.equal([]);
      });
    });
  }
});

describe('adapters', () => {
  const plugins = paths(/^plugins\/builtin\/.*\.ts$/).map(read);

  for (const { port, technology } of adapters) {
    describe(`${port}/${technology}`, () => {
      it('belongs to a port', () => {
        expect(ports).to.include(port);
      });

      it('runs the contract of its port', () => {
        const run = `test/contract/${port}.${technology}.test.ts`;
        expect(exists(run), run).to.equal(true);
        expect(read(run)).to.include(`${port}.contract.js`);
      });

      if (WITHOUT_PLUGIN.test(`${port}/`)) return;
      it('is offered by a built-in plugin', () => {
        const specifier = `adapters/${port}/${technology}/`;
        expect(plugins.some((text) => text.includes(specifier))).to.equal(true);
      });
    });
  }
});
