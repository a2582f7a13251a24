import { expect } from 'chai';
import { deadlines, repeating, sources, timersOf, type TimerKind } from './support/timers.js';

describe('timers', () => {
  const kinds = new Map(sources().map((path) => [path, timersOf(path)]));
  const written = (kind: TimerKind): string[] =>
    [...kinds.keys()].filter((path) => kinds.get(path)?.has(kind));
  const listed: Readonly<Record<TimerKind, () => ReadonlySet<string>>> = {
    repeats: () => new Set(repeating().map(({ file }) => file)),
    once: () => new Set(deadlines()),
  };

  for (const kind of ['repeats', 'once'] as const) {
    it(`that are of the kind "${kind}" are in its table of docs/architecture.md`, () => {
      const told = listed[kind]();
      expect(written(kind).filter((path) => !told.has(path))).to.deep.equal([]);
    });
  }

  it('are all there that the tables tell of', () => {
    const all = new Set([...written('repeats'), ...written('once')]);
    const told = [...listed.repeats(), ...listed.once()];
    expect(told.filter((path) => !all.has(path))).to.deep.equal([]);
    // A timer that waits for its own end in another method is told where it belongs.
    expect([...listed.once()].filter((path) => !written('once').includes(path))).to.deep.equal([]);
  });

  it('wait a second or longer while nothing happens', () => {
    const quick = repeating().filter(({ isAtRest, pause }) => isAtRest && !/^\d+ s\b/.test(pause));
    expect(quick).to.deep.equal([]);
  });

  it('would be caught in a loop, as an interval, and starting themselves again', () => {
    const planted: readonly (readonly [readonly TimerKind[], string])[] = [
      [['repeats'], 'while (on) { await this.#deps.clock.sleep(10, signal).catch(() => undefined); }'],
      [['repeats'], 'for (;;) { const due = async () => { await delay(1); }; await due(); }'],
      [['repeats'], 'setInterval(look, 10);'],
      [['repeats'], 'class A { beat() { this.clock.after(5, () => { this.beat(); }); } }'],
      [['repeats'], 'class A { #turn() { this.#cancel = clock.after(5, () => void this.#turn()); } }'],
      [['once'], 'class A { stop() { this.clock.after(5, () => kill(child)); } }'],
      [['once'], 'await clock.sleep(5); while (on) on = false;'],
      [
        ['once', 'repeats'],
        'class A { beat() { clock.after(9, () => { this.beat(); }); } bye() { clock.after(1, () => this.end()); } }',
      ],
      [[], 'while (on) { await once(child, "exit"); }'],
    ];
    for (const [kinds, text] of planted)
      expect([...timersOf('planted.ts', text)].sort(), text).to.deep.equal(kinds);
  });
});
