import { expect } from 'chai';
import ts from 'typescript';
import { ERROR_CODES } from '../../core/errors/codes.js';
import { HTTP_STATUS, httpStatusOf } from '../../ports/http-status.js';
import { paths, read } from './support/tree.js';

/** What answers over HTTP. Options have numbers of other kinds. */
const ANSWERING =
  /^adapters\/(http-listener|transport)\/.*(?<!\/options)[.]ts$|^adapters\/_shared\/(web-|refuse-).*[.]ts$/;

/** The numbers, and texts that begin a status line, which a source has for the status of an error. */
function statusesIn(path: string, text = read(path)): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNumericLiteral(node) && /^[45]\d\d$/.test(node.getText())) found.push(node.getText());
    if (ts.isStringLiteralLike(node) && /^HTTP\/\S+ [45]\d\d\b/.test(node.text)) found.push(node.text);
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found.map((what) => `${path}: ${what}`);
}

describe('the HTTP status of an error', () => {
  it('is told for every error of the service', () => {
    expect(Object.keys(ERROR_CODES).filter((code) => !Object.hasOwn(HTTP_STATUS, code))).to.deep.equal([]);
    expect(['constructor', '__proto__', 'of a plugin'].map(httpStatusOf)).to.deep.equal([500, 500, 500]);
  });

  it('is told in ports/http-status.ts and nowhere else', () => {
    const sources = paths(ANSWERING);
    expect(sources.length).to.be.above(15);
    expect(sources.flatMap((path) => statusesIn(path))).to.deep.equal([]);
    expect(
      statusesIn('planted.ts', "x(404); y('HTTP/1.1 503 Service Unavailable'); z(200, 4040);"),
    ).to.have.lengthOf(2);
  });
});
