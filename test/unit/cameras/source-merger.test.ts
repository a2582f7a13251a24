import { expect } from 'chai';
import { createManualClock, type ManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { Roster } from '../../../core/lifecycle/roster.js';
import { SourceMerger, type SourceState } from '../../../core/cameras/source-merger.js';
import type { DeviceEvent, DeviceEventSource, SourceDescriptor } from '../../../ports/index.js';
import { PortError } from '../../../ports/index.js';

const descriptor = (key: string): SourceDescriptor => ({
  key,
  kind: 'memory',
  locator: key,
  name: key,
  hints: {},
});

/** A source that says what the test makes it say, one watch after the other. */
class ToldSource implements DeviceEventSource {
  readonly supports = { hotplugLatencyMs: 0, reportsSerial: true, kinds: ['memory'] };
  readonly #events: (DeviceEvent | Error | 'end')[] = [];
  #wake: () => void = () => undefined;
  watches = 0;

  constructor(readonly name: string) {}

  say(event: DeviceEvent | Error | 'end'): void {
    this.#events.push(event);
    this.#wake();
  }

  async *watch(signal: AbortSignal): AsyncGenerator<DeviceEvent, void, void> {
    this.watches += 1;
    signal.addEventListener('abort', () => {
      this.#wake();
    });
    while (!signal.aborted) {
      const event = this.#events.shift();
      if (event === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (event === 'end') return;
      else if (event instanceof Error) throw event;
      else yield event;
    }
  }
}

describe('SourceMerger', () => {
  let clock: ManualClock;
  let story: string[];
  let states: SourceState[];
  let fast: ToldSource;
  let slow: ToldSource;
  let stopping: AbortController;
  let running: Promise<void>;
  let merger: SourceMerger;
  let sources: Roster<DeviceEventSource>;

  beforeEach(() => {
    clock = createManualClock();
    story = [];
    states = [];
    fast = new ToldSource('fast');
    slow = new ToldSource('slow');
    stopping = new AbortController();
    sources = new Roster<DeviceEventSource>([fast, slow]);
    merger = new SourceMerger(
      sources,
      {
        appeared: ({ key }) => story.push(`+${key}`),
        changed: ({ key }) => story.push(`~${key}`),
        vanished: (key, why) => story.push(`-${key}${why === undefined ? '' : ` (${why})`}`),
        stateChanged: (state) => states.push(state),
        left: (name) => story.push(`left ${name}`),
      },
      { clock, log: createMemoryLogger() },
    );
    running = merger.run(stopping.signal);
  });

  afterEach(async () => {
    stopping.abort();
    await clock.advance(0);
    await running;
    expect(clock.pending, 'timers left').to.equal(0);
  });

  const say = async (source: ToldSource, type: 'added' | 'changed' | 'removed', key = 'a'): Promise<void> => {
    source.say(type === 'removed' ? { type, key } : { type, source: descriptor(key) });
    await clock.advance(0);
  };

  it('tells of a device once, however many see it, and of its end with the first who misses it', async () => {
    await say(fast, 'added');
    await say(slow, 'added');
    await say(fast, 'removed');
    await say(slow, 'removed');
    expect(story).to.deep.equal(['+a', '-a']);
  });

  it('passes changes on', async () => {
    await say(fast, 'added');
    await say(slow, 'added');
    await say(slow, 'changed');
    expect(story).to.deep.equal(['+a', '~a']);
  });

  it('does not believe a slow source that misses what has been plugged in again meanwhile', async () => {
    await say(fast, 'added');
    await say(slow, 'added');
    await say(fast, 'removed');
    await say(fast, 'added');
    await say(slow, 'removed');
    expect(story).to.deep.equal(['+a', '-a', '+a']);
    await say(fast, 'removed');
    expect(story.at(-1)).to.equal('-a');
  });

  it('does not bring a device back for a slow source that has not noticed its end', async () => {
    await say(fast, 'added');
    await say(slow, 'added');
    await say(fast, 'removed');
    await say(slow, 'changed');
    expect(story).to.deep.equal(['+a', '-a']);
    await say(slow, 'removed');
    await say(slow, 'added');
    expect(story).to.deep.equal(['+a', '-a', '+a']);
  });

  it('takes back what a source that leaves has reported, unless another one sees it, and goes on with one that joins', async () => {
    await say(fast, 'added');
    await say(fast, 'added', 'b');
    await say(slow, 'added');
    await sources.remove(fast);
    expect(story).to.deep.equal([
      '+a',
      '+b',
      '-b (the source that reported it is no longer in use)',
      'left fast',
    ]);
    sources.add(fast, 0);
    await say(fast, 'added', 'b');
    expect(story.at(-1)).to.equal('+b');
  });

  it('ignores the end of what it never heard of', async () => {
    await say(fast, 'removed', 'b');
    expect(story).to.deep.equal([]);
  });

  it('starts a failed source again, later each time, and says why it is away', async () => {
    fast.say(new PortError('SOURCE_UNAVAILABLE', { message: 'no netlink' }));
    await clock.advance(999);
    expect(fast.watches).to.equal(1);
    expect(states.at(-1)).to.deep.equal({ name: 'fast', isWatching: false, reason: 'no netlink' });
    await clock.advance(1);
    expect(fast.watches).to.equal(2);
    expect(states.at(-1)).to.deep.equal({ name: 'fast', isWatching: true });
    fast.say('end');
    await clock.advance(1_999);
    expect(fast.watches).to.equal(2);
    await clock.advance(1);
    expect(fast.watches).to.equal(3);
  });

  it('keeps devices while their only source is away, and takes back what it does not see again', async () => {
    await say(fast, 'added', 'a');
    await say(fast, 'added', 'b');
    fast.say(new Error('gone'));
    await clock.advance(1_000);
    await say(fast, 'added', 'a');
    expect(story).to.deep.equal(['+a', '+b']);
    await clock.advance(2_000);
    expect(story).to.deep.equal(['+a', '+b', '-b']);
  });

  it('keeps what another source still sees when the failed one comes back without it', async () => {
    await say(fast, 'added');
    await say(slow, 'added');
    fast.say(new Error('gone'));
    await clock.advance(10_000);
    expect(story).to.deep.equal(['+a']);
    await say(slow, 'removed');
    expect(story).to.deep.equal(['+a', '-a']);
  });

  describe('finds out who hears', () => {
    const hearing = (): string[] =>
      [fast, slow].map(({ name }) => {
        const { state, wasFirst } = merger.hearing(name);
        return wasFirst ? `${state} first` : state;
      });

    it('not before something happens: what a source finds when it starts is no news', async () => {
      await say(fast, 'added');
      await clock.advance(60_000);
      expect(hearing()).to.deep.equal(['watches', 'watches']);
    });

    it('when both tell of a change', async () => {
      await clock.advance(3_000);
      await say(fast, 'added');
      await say(slow, 'added');
      await clock.advance(60_000);
      expect(hearing()).to.deep.equal(['speaks first', 'speaks']);
      await say(slow, 'removed');
      await say(fast, 'removed');
      expect(hearing()).to.deep.equal(['speaks', 'speaks first']);
    });

    it('when one is silent, until it speaks', async () => {
      await clock.advance(3_000);
      await say(fast, 'added');
      expect(hearing()).to.deep.equal(['speaks first', 'watches']);
      await clock.advance(2_000);
      expect(hearing()).to.deep.equal(['speaks first', 'silent']);
      await say(slow, 'added');
      expect(hearing()).to.deep.equal(['speaks first', 'speaks']);
    });

    it('from the source itself where it knows better: looking is not hearing', async () => {
      const heard: { at?: number } = {};
      Object.assign(slow, { heardAt: () => heard.at });
      await clock.advance(3_000);
      await say(fast, 'added');
      await clock.advance(2_000);
      await say(slow, 'added');
      expect(hearing()).to.deep.equal(['speaks first', 'silent']);
      await say(fast, 'removed');
      heard.at = clock.monotonicMs();
      await clock.advance(2_000);
      expect(hearing()).to.deep.equal(['speaks first', 'speaks']);
    });

    it('and blames nobody for what came before it was started', async () => {
      await clock.advance(3_000);
      slow.say(new Error('gone'));
      await say(fast, 'added');
      await clock.advance(5_000);
      expect(hearing()).to.deep.equal(['speaks first', 'watches']);
    });
  });
});
