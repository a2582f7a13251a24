import { expect } from 'chai';
import sinon from 'sinon';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { Ending } from '../../../config/ending.js';

type Listener = (name: NodeJS.Signals) => void;

/** A process that does nothing but remember. */
class World {
  readonly listening = new Map<NodeJS.Signals, Set<Listener>>();
  readonly exits: number[] = [];
  readonly said: string[] = [];
  openTerminals = new Set<number>();

  make(): Ending {
    const of = (event: NodeJS.Signals): Set<Listener> => {
      const set = this.listening.get(event) ?? new Set();
      this.listening.set(event, set);
      return set;
    };
    const ending = new Ending({
      on: (event, listener) => of(event).add(listener),
      listeners: (event) => [...of(event)],
      off: (event, listener) => of(event).delete(listener),
      exit: (code) => void this.exits.push(code),
      isTerminal: (descriptor) => this.openTerminals.has(descriptor),
      err: (text) => void this.said.push(text),
    });
    ending.listen();
    return ending;
  }

  signal(name: NodeJS.Signals): void {
    for (const listener of this.listening.get(name) ?? []) listener(name);
  }
}

const reasonOf = ({ signal }: Ending): string | undefined => (signal.reason as Error | undefined)?.message;

describe('Ending', () => {
  let world: World;
  let time: sinon.SinonFakeTimers;
  beforeEach(() => {
    world = new World();
    time = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => time.restore());

  for (const name of [
    'SIGINT',
    'SIGTERM',
    'SIGQUIT',
    'SIGPWR',
    'SIGXCPU',
    'SIGALRM',
    'SIGVTALRM',
    'SIGIO',
  ] as const)
    it(`${name} asks for an orderly end, and that is no failure`, () => {
      const ending = world.make();
      world.signal(name);
      expect(reasonOf(ending)).to.equal(name);
      expect(ending.exitCode).to.equal(undefined);
      expect(world.exits).to.deep.equal([]);
    });

  it('leaves no signal to those that listened before', () => {
    const early = sinon.spy();
    for (const name of ['SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) world.listening.set(name, new Set([early]));
    world.make();
    for (const name of ['SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) world.signal(name);
    expect(early.called).to.equal(false);
  });

  it('takes the same signal that comes at once for an echo, and a later or another one for impatience', () => {
    world.make();
    world.signal('SIGINT');
    time.tick(100);
    world.signal('SIGINT');
    expect(world.exits).to.deep.equal([]);
    time.tick(200);
    world.signal('SIGINT');
    world.signal('SIGTERM');
    expect(world.exits).to.deep.equal([130, 143]);
  });

  it('ignores SIGHUP, SIGUSR1 and SIGUSR2 with a line each', () => {
    const ending = world.make();
    for (const name of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) world.signal(name);
    expect(ending.signal.aborted).to.equal(false);
    expect(world.said.map((line) => /SIG\w+/.exec(line)?.[0])).to.deep.equal([
      'SIGHUP',
      'SIGUSR1',
      'SIGUSR2',
    ]);
    const log = createMemoryLogger();
    ending.tellTo(log);
    world.signal('SIGHUP');
    expect(log.lines()).to.have.length(1);
    expect(world.said).to.have.length(3);
  });

  it('ends when the terminal of any standard stream is closed, by signal or by a failed write', () => {
    for (const closed of [0, 1, 2]) {
      for (const how of ['signal', 'write'] as const) {
        world = new World();
        world.openTerminals = new Set([closed]);
        const ending = world.make();
        world.signal('SIGHUP');
        expect(ending.signal.aborted, 'it is open still').to.equal(false);
        world.openTerminals.clear();
        if (how === 'signal') world.signal('SIGHUP');
        else ending.outputLost(Object.assign(new Error('write EIO'), { code: 'EIO' }));
        expect(reasonOf(ending)).to.equal('the terminal was closed');
        expect(ending.exitCode).to.equal(undefined);
      }
    }
  });

  it('is not hurried by SIGHUP, which a supervisor sends after SIGTERM', () => {
    world.openTerminals = new Set([1]);
    world.make();
    world.signal('SIGTERM');
    world.openTerminals.clear();
    world.signal('SIGHUP');
    expect(world.exits).to.deep.equal([]);
  });

  it('ends with the code of SIGPIPE when nobody reads its output, and with 1 after an error that nobody caught', () => {
    const pipe = world.make();
    pipe.outputLost(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(pipe.exitCode).to.equal(141);
    const failed = world.make();
    failed.failed(new Error('planted'));
    expect(failed.exitCode).to.equal(1);
    expect(failed.signal.aborted).to.equal(true);
    expect(world.said.join()).to.contain('planted');
  });

  it('does not wait for longer than allowed, also when that is told late', () => {
    const ending = world.make();
    world.signal('SIGTERM');
    ending.allow(30_000);
    time.tick(29_999);
    expect(world.exits).to.deep.equal([]);
    time.tick(1);
    expect(world.exits).to.deep.equal([1]);
  });
});
