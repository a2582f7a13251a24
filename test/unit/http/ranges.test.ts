import { expect } from 'chai';
import { decide, type Decision } from '../../../adapters/transport/http-files/ranges.js';

const MODIFIED = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const DATE = 'Fri, 02 Jan 2026 03:04:05 GMT';
const file = (sizeBytes = 1000) => ({ etag: '"v1"', modifiedAt: MODIFIED, sizeBytes });
const range = (header: string, sizeBytes?: number): Decision =>
  decide('GET', { range: header }, file(sizeBytes));
const part = (first: number, last: number): Decision => ({ kind: 'part', range: { first, last } });
const kind = (headers: Record<string, string>, method = 'GET'): string =>
  decide(method, headers, file()).kind;

describe('ranges of files', () => {
  it('are clipped to the file, in any case of the unit and with blanks', () => {
    for (const [header, first, last] of [
      ['bytes=0-0', 0, 0],
      ['bytes=0-', 0, 999],
      ['BYTES=10-19', 10, 19],
      ['bytes= 10 - 19 ', 10, 19],
      ['bytes=900-99999999999999999999', 900, 999],
      ['bytes=-1', 999, 999],
      ['bytes=-1000', 0, 999],
      ['bytes=-1001', 0, 999],
      [`bytes=-${'9'.repeat(400)}`, 0, 999],
    ] as const)
      expect(range(header), header).to.deep.equal(part(first, last));
  });

  it('that lie beyond the end or have no length cannot be satisfied', () => {
    for (const header of ['bytes=1000-', 'bytes=1000-1001', `bytes=${'9'.repeat(400)}-`, 'bytes=-0'])
      expect(range(header), header).to.deep.equal({ kind: 'unsatisfiable' });
    for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-5', 'bytes=-0'])
      expect(range(header, 0), header).to.deep.equal({ kind: 'unsatisfiable' });
  });

  it('that are malformed, several or of another unit mean the whole file', () => {
    for (const header of [
      ...[
        '',
        'bytes',
        'bytes=',
        'bytes=-',
        'bytes=5',
        'bytes=5-2',
        'bytes=2000-1500',
        'bytes=a-b',
        'bytes=1x-2',
      ],
      ...[
        'bytes=1-2x',
        'bytes=+1-2',
        'bytes=1.5-2',
        'bytes=0x1-2',
        'bytes=1e1-20',
        'bytes=--5',
        'bytes=-5-',
        'bytes=1-2-3',
      ],
      ...['bytes=0-1,5-6', 'bytes=0-1,', 'bytes=0-1,5000-', 'lines=0-1', 'bytes =0-1', '=0-1', '0-1'],
    ])
      expect(range(header), header).to.deep.equal({ kind: 'whole' });
  });

  it('are for GET, and for a file that is still the one that was meant', () => {
    const asked = { range: 'bytes=0-1' };
    expect(kind(asked, 'HEAD')).to.equal('whole');
    for (const condition of ['"v1"', ' "v1" ', DATE])
      expect(kind({ ...asked, 'if-range': condition })).to.equal('part');
    for (const condition of [
      '"v0"',
      'W/"v1"',
      'v1',
      '*',
      '',
      '2026-01-02T03:04:05Z',
      'Fri, 02 Jan 2026 03:04:06 GMT',
    ])
      expect(kind({ ...asked, 'if-range': condition }), condition).to.equal('whole');
  });
});

describe('conditions on files', () => {
  it('compare tags weakly for If-None-Match and strongly for If-Match', () => {
    for (const tags of ['"v1"', 'W/"v1"', '"v0", "v1"', '*', ' * ', '"v0",W/"v1"'])
      expect(kind({ 'if-none-match': tags }), tags).to.equal('not-modified');
    for (const tags of ['"v0"', 'v1', '"v1', '"v1x"'])
      expect(kind({ 'if-none-match': tags }), tags).to.equal('whole');
    for (const tags of ['"v1"', '"v0", "v1"', '*'])
      expect(kind({ 'if-match': tags }), tags).to.equal('whole');
    for (const tags of ['W/"v1"', '"v0"', ''])
      expect(kind({ 'if-match': tags }), tags).to.equal('precondition-failed');
  });

  it('know all three forms of a date, and ignore what is none', () => {
    for (const date of [
      DATE,
      'Friday, 02-Jan-26 03:04:05 GMT',
      'Fri Jan  2 03:04:05 2026',
      'Sat, 01 Jan 2028 00:00:00 GMT',
    ])
      expect(kind({ 'if-modified-since': date }), date).to.equal('not-modified');
    for (const date of [
      'Fri, 02 Jan 2026 03:04:04 GMT',
      '2030',
      '2030-01-01',
      'tomorrow',
      '',
      'Fri, 99 Jan 2030 00:00:00 GMT',
    ])
      expect(kind({ 'if-modified-since': date }), date).to.equal('whole');
    expect(kind({ 'if-unmodified-since': 'Fri, 02 Jan 2026 03:04:04 GMT' })).to.equal('precondition-failed');
    expect(kind({ 'if-unmodified-since': DATE })).to.equal('whole');
    expect(kind({ 'if-unmodified-since': '2020' })).to.equal('whole');
  });

  it('are looked at in order: If-Match before dates, If-None-Match instead of dates', () => {
    expect(kind({ 'if-match': '"v1"', 'if-unmodified-since': 'Fri, 02 Jan 2015 00:00:00 GMT' })).to.equal(
      'whole',
    );
    expect(kind({ 'if-none-match': '"v0"', 'if-modified-since': DATE })).to.equal('whole');
    expect(kind({ 'if-match': '"v0"', 'if-none-match': '"v1"' })).to.equal('precondition-failed');
  });

  it('do not keep a client from asking for the file anew', () => {
    expect(kind({ 'if-none-match': '"v1"', 'cache-control': 'no-cache' })).to.equal('whole');
  });
});
