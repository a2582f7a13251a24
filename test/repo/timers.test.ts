import { expect } from 'chai';
import { deadlines, repeating, sources, timersOf } from './support/timers.js';

describe('timers', () => {
  it('are all in the tables of docs/architecture.md, and nothing else is', () => {
    const written = sources().filter((path) => timersOf(path) !== 'none');
    const told = new Set([...repeating().map(({ file }) => file), ...deadlines()]);
    expect(
      written.filter((path) => !told.has(path)),
      'not told',
    ).to.deep.equal([]);
    expect(
      [...told].filter((path) => !written.includes(path)),
      'told, but not there',
    ).to.deep.equal([]);
  });

  it('that repeat are told as such', () => {
    const told = new Set(repeating().map(({ file }) => file));
    const written = sources().filter((path) => timersOf(path) === 'repeats');
    expect(written.filter((path) => !told.has(path))).to.deep.equal([]);
  });

  it('wait a second or longer while nothing happens', () => {
    const quick = repeating().filter(({ isAtRest, pause }) => isAtRest && !/^\d+ s\b/.test(pause));
    expect(quick).to.deep.equal([]);
  });

  it('would be caught in a loop, as an interval, and starting themselves again', () => {
    const planted: readonly (readonly [string, string])[] = [
      ['repeats', 'while (on) { await this.#deps.clock.sleep(10, signal).catch(() => undefined); }'],
      ['repeats', 'for (;;) { const due = async () => { await delay(1); }; await due(); }'],
      ['repeats', 'setInterval(look, 10);'],
      ['repeats', 'class A { beat() { this.clock.after(5, () => { this.beat(); }); } }'],
      ['repeats', 'class A { #turn() { this.#cancel = clock.after(5, () => void this.#turn()); } }'],
      ['once', 'class A { stop() { this.clock.after(5, () => kill(child)); } }'],
      ['once', 'await clock.sleep(5); while (on) on = false;'],
      ['none', 'while (on) { await once(child, "exit"); }'],
    ];
    for (const [verdict, text] of planted) expect(timersOf('planted.ts', text), text).to.equal(verdict);
  });
});
