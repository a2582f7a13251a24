import { expect } from 'chai';
import { StrangerPlaces } from '../../../adapters/_shared/stranger-places.js';

describe('places of strangers', () => {
  let gone: string[] = [];
  const places = (total: number, perAddress: number): StrangerPlaces<string> => {
    gone = [];
    return new StrangerPlaces({ total, perAddress }, (one) => gone.push(one));
  };

  it('are for a network of 64 bits together, and for an IPv4 address however it is written', () => {
    const ipv6 = places(100, 2);
    ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3'].forEach((address, n) =>
      ipv6.enter(`v6 ${String(n)}`, address),
    );
    expect(gone).to.deep.equal(['v6 0']);
    ipv6.enter('neighbour', '2001:db8:0:1::1');
    expect(gone).to.have.lengthOf(1);
    const ipv4 = places(100, 2);
    ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1', '192.0.2.2'].forEach((address, n) =>
      ipv4.enter(`v4 ${String(n)}`, address),
    );
    expect(gone).to.deep.equal(['v4 0']);
  });

  it('are given up first by those who do nothing, last by those whose credential is looked at', () => {
    const all = places(4, 4);
    all.enter('judged', 'a', true);
    for (let n = 0; n < 10; n += 1) all.enter(`silent ${String(n)}`, 'a');
    expect(gone).to.deep.equal(Array.from({ length: 7 }, (_, n) => `silent ${String(n)}`));
    all.judged('judged', false);
    for (let n = 10; n < 14; n += 1) all.enter(`silent ${String(n)}`, 'b');
    expect(gone).to.include('judged');
  });

  it('are not kept by a crowd whose credentials are worth nothing', () => {
    const all = places(10, 10);
    for (let n = 0; n < 50; n += 1) all.enter(`crowd ${String(n)}`, 'a', true);
    all.enter('newcomer', 'b');
    for (let n = 50; n < 100; n += 1) all.enter(`crowd ${String(n)}`, 'a', true);
    expect(gone).not.to.include('newcomer');
    all.enter('good', 'c', true);
    for (let n = 100; n < 104; n += 1) all.enter(`crowd ${String(n)}`, 'a', true);
    expect(gone).not.to.include('good').and.not.to.include('newcomer');
    expect(all.size).to.equal(10);
  });

  it('are free again for those who left, and nobody is dismissed twice', () => {
    const all = places(2, 2);
    all.enter('a', '::1');
    all.enter('b', '::1');
    all.leave('a');
    all.enter('c', '::1');
    expect(gone).to.deep.equal([]);
    all.judged('a', true);
    expect(all.size).to.equal(2);
    expect([all.dismissOldest(), all.dismissOldest(), all.dismissOldest()]).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(gone).to.deep.equal(['b', 'c']);
  });
});
