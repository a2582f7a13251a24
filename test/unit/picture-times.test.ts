/** The measure by which tests of continuity judge. */
import { expect } from 'chai';
import { lostPictures } from '../worlds/picture-times.js';

const FPS = 15;
const steady = Array.from({ length: 150 }, (_, index) => index / FPS);

describe('lost pictures', () => {
  it('of a steady stream are none', () => {
    expect(lostPictures(steady, FPS)).to.be.closeTo(0, 0.01);
  });

  it('are none when a pause delays some, at the beginning, in the middle or at the end', () => {
    for (const [from, to] of [
      [0.1, 0.9],
      [5, 5.8],
      [9.1, 9.8],
    ] as const) {
      const late = steady.map((time) => (time > from && time < to ? to : time));
      expect(lostPictures(late, FPS), `${from} s`).to.be.closeTo(0, 0.01);
    }
  });

  it('are counted where a piece is missing', () => {
    for (const from of [0.5, 5, 8]) {
      const cut = steady.filter((time) => time < from || time > from + 0.4);
      expect(lostPictures(cut, FPS), `${from} s`).to.be.closeTo(6, 1);
    }
  });

  it('cannot be told from a moment', () => {
    expect(() => lostPictures([0, 0.5], FPS)).to.throw('too few');
  });
});
