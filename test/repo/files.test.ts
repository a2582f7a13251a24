import { expect } from 'chai';
import { exists, files, packageFile, read, texts } from './support/tree.js';

const CODE = /\.(ts|tsx|mjs|cjs)$/;
const LINES_AT_MOST = 400;
const BYTES_AT_MOST = 1024 * 1024;
/** Comments that switch a check off. Each costs a reason, and all of them together stay few. */
const ESCAPES_AT_MOST = 12;
const ESCAPE = /(eslint-disable(?:-next-line|-line)?|@ts-expect-error|c8 ignore next|prettier-ignore)(.*)$/;
const FORBIDDEN_ESCAPES = /\bas any\b|@ts-ignore|@ts-nocheck|(c8|v8|istanbul) ignore (start|file|if|else)/;

/** What names one machine instead of any. This folder spells them out and is not searched. */
const OF_ONE_MACHINE = [
  /\/home\/[a-z][a-z0-9_-]*\//,
  /\/root\//,
  /\/Users\/[A-Za-z]/,
  /(^|[\s'"`(=])\/work\//,
  /\bfile:\/\/\/(home|root|work|tmp)\//,
  /https?:\/\/(localhost|127\.0\.0\.1|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+)[:/][^\s]*(npm|registry|proxy|goproxy)/,
];

function linesOf(path: string): string[] {
  return read(path).split('\n');
}

/** `path:line` of each line that `found` accepts. */
function places(candidates: readonly string[], found: (line: string) => boolean): string[] {
  return candidates.flatMap((path) =>
    linesOf(path).flatMap((line, index) => (found(line) ? [`${path}:${index + 1}`] : [])),
  );
}

const elsewhere = (pattern: RegExp): string[] =>
  texts(pattern).filter((path) => !path.startsWith('test/repo/'));

describe('files', () => {
  it(`have ${LINES_AT_MOST} lines at most`, () => {
    const long = texts(CODE).filter((path) => linesOf(path).length - 1 > LINES_AT_MOST);
    expect(long).to.deep.equal([]);
  });

  it('are small', () => {
    expect(files().filter(({ sizeBytes }) => sizeBytes > BYTES_AT_MOST)).to.deep.equal([]);
  });

  it('are code in kebab-case', () => {
    const odd = texts(CODE).filter(
      (path) => !/(^|\/)\.?[a-z0-9]+([.-][a-z0-9]+)*\.(ts|tsx|mjs|cjs)$/.test(path),
    );
    expect(odd).to.deep.equal([]);
  });

  it('say nothing about one machine', () => {
    const found = places(elsewhere(/./), (line) => OF_ONE_MACHINE.some((pattern) => pattern.test(line)));
    expect(found).to.deep.equal([]);
  });

  it('are checked as they are', () => {
    expect(places(elsewhere(CODE), (line) => FORBIDDEN_ESCAPES.test(line))).to.deep.equal([]);
  });

  it('give a reason for every exception, and have few', () => {
    const escapes = elsewhere(CODE).flatMap((path) =>
      linesOf(path).flatMap((line) => {
        const match = ESCAPE.exec(line);
        return match === null ? [] : [{ path, reason: (match[2] ?? '').replaceAll(/[^a-z]/gi, '') }];
      }),
    );
    expect(escapes.filter(({ reason }) => reason.length < 12)).to.deep.equal([]);
    expect(escapes.length).to.be.at.most(ESCAPES_AT_MOST);
  });

  it('are all counted for coverage', () => {
    const settings: unknown = exists('.c8rc.json') ? JSON.parse(read('.c8rc.json')) : packageFile().c8;
    const { exclude = [] } = (settings ?? {}) as { exclude?: readonly string[] };
    expect(exclude.filter((pattern) => /^(core|adapters)\//.test(pattern))).to.deep.equal([]);
  });

  it('promise no later work', () => {
    const promise = new RegExp(`\\b(${['TO', 'DO'].join('')}|FIXME|XXX|HACK)\\b`);
    expect(places(elsewhere(CODE), (line) => promise.test(line))).to.deep.equal([]);
  });
});
