import { expect } from 'chai';
import { Difference } from '../../../adapters/_shared/v4l2/difference.js';
import type { Present } from '../../../adapters/_shared/v4l2/inventory.js';

const present = (node: string, more: Partial<Present> = {}, siblings?: readonly string[]): Present => ({
  source: {
    key: `v4l2:/dev/${node}`,
    kind: 'v4l2',
    locator: `/dev/${node}`,
    name: node,
    hints: {},
    ...(siblings === undefined ? {} : { siblings }),
  },
  generation: '1',
  permitted: true,
  leads: true,
  ...more,
});

const words = (difference: Difference, found: readonly Present[], now = 0): readonly string[] =>
  difference
    .update(found, now)
    .map((e) => `${e.type} ${(e.type === 'removed' ? e.key : e.source.key).slice('v4l2:/dev/'.length)}`);

describe('difference of two inventories', () => {
  it('says what came, changed and went', () => {
    const difference = new Difference(0);
    expect(words(difference, [present('video0')])).to.deep.equal(['added video0']);
    expect(words(difference, [present('video0')])).to.deep.equal([]);
    const renamed = present('video0', { source: { ...present('video0').source, name: 'other' } });
    expect(words(difference, [renamed])).to.deep.equal(['changed video0']);
    expect(words(difference, [])).to.deep.equal(['removed video0']);
  });

  it('is silent about further nodes that come a moment later', () => {
    const difference = new Difference(0);
    difference.update([present('video0')], 0);
    expect(words(difference, [present('video0', {}, ['/dev/video1'])])).to.deep.equal([]);
  });

  it('sees another device behind the same name', () => {
    const difference = new Difference(0);
    difference.update([present('video0')], 0);
    expect(words(difference, [present('video0', { generation: '2' })])).to.deep.equal([
      'removed video0',
      'added video0',
    ]);
  });

  it('takes no camera of the second node while the first goes', () => {
    const difference = new Difference(0);
    const second = present('video1', { leads: false });
    difference.update([present('video0', {}, ['/dev/video1'])], 0);
    expect(words(difference, [second])).to.deep.equal(['removed video0']);
    expect(words(difference, [second])).to.deep.equal([]);
    expect(words(difference, [])).to.deep.equal([]);
    expect(words(difference, [second])).to.deep.equal(['added video1']);
  });

  it('waits for the permission, and says so when it does not come', () => {
    const difference = new Difference(100);
    const closed = present('video0', { permitted: false });
    expect(words(difference, [closed], 0)).to.deep.equal([]);
    expect(difference.isWaiting).to.equal(true);
    expect(words(difference, [closed], 99)).to.deep.equal([]);
    expect(words(difference, [closed], 100)).to.deep.equal(['added video0']);
    expect(difference.isWaiting).to.equal(false);
    expect(words(difference, [present('video0')], 101)).to.deep.equal(['changed video0']);
  });

  it('forgets in silence what went before it was announced', () => {
    const difference = new Difference(100);
    difference.update([present('video0', { permitted: false })], 0);
    expect(words(difference, [], 1)).to.deep.equal([]);
    expect(difference.isWaiting).to.equal(false);
  });
});
