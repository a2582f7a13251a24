import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { anchors, blocks, isExternal, links, resolveLink } from './support/markdown.js';
import { exists, folders, packageFile, paths, read, root, texts } from './support/tree.js';

const run = promisify(execFile);
const pages = paths(/\.md$/);
const SHELL = new Set(['sh', 'bash', 'console']);

function brokenLinks(page: string, text = read(page)): string[] {
  return links(text).flatMap(({ target }) => {
    if (isExternal(target)) return [];
    const { path, anchor } = resolveLink(page, target);
    if (!exists(path)) return [`${page}: ${target}`];
    const dead = anchor !== '' && path.endsWith('.md') && !anchors(read(path)).has(anchor);
    return dead ? [`${page}: ${target}`] : [];
  });
}

/** What a reader may type, in all pages: lines of shell blocks, and commands within sentences. */
function commands(): { readonly page: string; readonly line: string }[] {
  return pages.flatMap((page) => {
    const shell = blocks(read(page)).filter(({ language }) => SHELL.has(language));
    const inline = read(page).matchAll(/`((?:npm|npx|make|camera-service) [^`\n]+)`/g);
    const lines = [
      ...shell.flatMap(({ text }) => text.split('\n')),
      ...[...inline].map(([, line = '']) => line),
    ];
    return lines.map((line) => ({ page, line: line.replace(/^\$ /, '').trim() }));
  });
}

/** `port/technology` of each name in the table of the README. */
function adaptersInTable(markdown: string): string[] {
  const rows = markdown.matchAll(/^\| \[\w+\]\(docs\/plugins\/ports\/([a-z-]+)\.md\) \|(.*)$/gm);
  return [...rows].flatMap(([, port = '', cells = '']) =>
    [...cells.matchAll(/`([a-z0-9-]+)`/g)].map(([, technology = '']) => `${port}/${technology}`),
  );
}

function unknownScript(line: string): boolean {
  const scripts = packageFile().scripts ?? {};
  const short = /\bnpm (start|test)\b/.exec(line)?.[1];
  const long = /\bnpm run ([\w:.-]+)/.exec(line)?.[1];
  return [short, long].some((script) => script !== undefined && scripts[script] === undefined);
}

function unknownTarget(line: string): boolean {
  const target = /^make ([\w-]+)/.exec(line)?.[1];
  if (target === undefined) return false;
  return !exists('Makefile') || !new RegExp(`^${target}:`, 'm').test(read('Makefile'));
}

function unknownSubcommand(line: string): boolean {
  const words = /(?:^|npx )camera-service ([a-z]+)/.exec(line)?.[1];
  if (words === undefined) return false;
  return !texts(/^config\/.*\.(ts|mjs)$/).some((path) => new RegExp(`['"\`]${words}\\b`).test(read(path)));
}

const wrong = (isUnknown: (line: string) => boolean): string[] =>
  commands().flatMap(({ page, line }) => (isUnknown(line) ? [`${page}: ${line}`] : []));

describe('documents', function () {
  this.timeout(180_000);

  for (const page of pages) {
    it(`lead somewhere: ${page}`, () => {
      expect(brokenLinks(page)).to.deep.equal([]);
    });
  }

  it('would be caught with a dead link or anchor', () => {
    const planted =
      '[a](docs/none.md) [b](docs/glossary.md#none) [c](docs/glossary.md#glossary) [d](https://x)';
    expect(brokenLinks('README.md', planted)).to.deep.equal([
      'README.md: docs/none.md',
      'README.md: docs/glossary.md#none',
    ]);
  });

  it('can all be reached from the README', () => {
    const seen = new Set<string>();
    const visit = (page: string): void => {
      if (seen.has(page) || !page.endsWith('.md') || !exists(page)) return;
      seen.add(page);
      const targets = links(read(page)).filter(({ target }) => !isExternal(target));
      for (const { target } of targets) visit(resolveLink(page, target).path);
    };
    visit('README.md');
    expect(pages.filter((page) => !seen.has(page))).to.deep.equal([]);
  });

  it('list every adapter in the README, and no other', () => {
    const listed = adaptersInTable(read('README.md'));
    const written = folders('adapters')
      .filter((port) => port !== '_shared')
      .flatMap((port) => folders(`adapters/${port}`).map((technology) => `${port}/${technology}`));
    expect(listed.sort()).to.deep.equal(written.sort());
  });

  it('advise the authors of adapters, on the page of each port', () => {
    const ports = paths(/^docs\/plugins\/ports\/[a-z-]+\.md$/);
    expect(ports.map((page) => page.slice('docs/plugins/ports/'.length, -3))).to.deep.equal(
      folders('adapters').filter((port) => port !== '_shared'),
    );
    const advice = (page: string): string => read(page).split(/<!-- advice: (?:begin[^>]*|end) -->/)[1] ?? '';
    expect(ports.filter((page) => (advice(page).match(/^- /gm) ?? []).length < 3)).to.deep.equal([]);
  });

  it('name npm scripts that exist', () => {
    expect(wrong(unknownScript)).to.deep.equal([]);
  });

  it('name make targets that exist', () => {
    expect(wrong(unknownTarget)).to.deep.equal([]);
  });

  it('name commands of camera-service that exist', () => {
    expect(wrong(unknownSubcommand)).to.deep.equal([]);
  });

  it('tell the changes of this version', () => {
    expect(read('CHANGELOG.md')).to.match(
      new RegExp(`^## ${packageFile().version.replaceAll('.', '\\.')}\\b`, 'm'),
    );
  });

  it('carry the licence that the package names', () => {
    expect(packageFile().license).to.equal('MIT');
    expect(read('LICENSE')).to.match(/^MIT License\n/);
  });

  it('number the decisions without a gap, each with all its parts', () => {
    const decisions = paths(/^docs\/adr\/\d{4}-[a-z0-9-]+\.md$/);
    decisions.forEach((path, index) => {
      expect(path).to.include(`/${String(index + 1).padStart(4, '0')}-`);
      for (const part of ['Status', 'Context', 'Decision', 'Consequences', 'Alternatives']) {
        expect(read(path), path).to.match(new RegExp(`^(## ${part}$|${part}: )`, 'm'));
      }
    });
    expect(decisions.length).to.be.at.least(10);
  });

  it('have an up-to-date reference', async () => {
    await run('node', ['--import', 'tsx', 'docs/generate/reference.ts', '--check'], {
      cwd: root,
      timeout: 150_000,
    });
  });
});
