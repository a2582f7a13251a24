import { expect } from 'chai';
import { clientTransport, type ClientRun } from '../../../plugins/kit/index.js';
import { testEndpoint } from '../../testing/index.js';

/** Tells what is done to each run, and starts and stops when it is told to. */
class Runs {
  readonly told: string[] = [];
  readonly starts: Later[] = [];
  readonly stops: Later[] = [];

  create(): ClientRun {
    const number = this.starts.length;
    const [start, stop] = [later(), later()];
    this.starts.push(start);
    this.stops.push(stop);
    let isUp = false;
    return {
      start: async () => {
        this.told.push(`start ${String(number)}`);
        await start.promise;
        isUp = true;
      },
      stop: async () => {
        this.told.push(`stop ${String(number)}`);
        start.reject(new Error('stopped'));
        await stop.promise;
      },
      addresses: () => (isUp ? [`other://${String(number)}`] : []),
    };
  }
}

interface Later {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(cause: Error): void;
}

function later(): Later {
  let [resolve, reject] = [(): void => undefined, (_: Error): void => undefined];
  const promise = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

const GOING_ON = new AbortController().signal;

describe('a transport that is itself a client', () => {
  let runs: Runs;
  let transport: ReturnType<typeof clientTransport>;
  const start = (): Promise<void> => transport.start(testEndpoint({ credential: 'key' }).service, GOING_ON);
  beforeEach(() => {
    runs = new Runs();
    transport = clientTransport('mine', () => runs.create());
  });

  it('runs once between start and stop, and tells its addresses only then', async () => {
    const starting = start();
    expect(transport.addresses()).to.deep.equal([]);
    runs.starts[0]?.resolve();
    await starting;
    await start();
    expect(transport.addresses()).to.deep.equal(['other://0']);
    runs.stops[0]?.resolve();
    await Promise.all([transport.stop(GOING_ON), transport.stop(GOING_ON)]);
    await transport.stop(GOING_ON);
    expect(transport.addresses()).to.deep.equal([]);
    expect(runs.told).to.deep.equal(['start 0', 'stop 0']);
  });

  it('ends a start that fails, and says why', async () => {
    runs.create = ((create) => () => {
      const run = create.call(runs);
      runs.stops.at(-1)?.resolve();
      return run;
    })(runs.create);
    const starting = start();
    runs.starts[0]?.reject(new Error('refused'));
    const failure: unknown = await starting.catch((cause: unknown) => cause);
    expect(failure).to.have.property('message', 'refused');
    expect(runs.told).to.deep.equal(['start 0', 'stop 0']);
  });

  it('ends a start that is under way once when it is stopped', async () => {
    const starting = start().catch((cause: unknown) => cause);
    await new Promise((resolve) => setImmediate(resolve));
    runs.stops[0]?.resolve();
    await transport.stop(GOING_ON);
    expect(await starting).to.have.property('message', 'stopped');
    expect(runs.told).to.deep.equal(['start 0', 'stop 0']);
  });

  it('starts again when the run before has ended, and not earlier', async () => {
    const first = start();
    runs.starts[0]?.resolve();
    await first;
    const stopping = transport.stop(GOING_ON);
    const second = start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs.told).to.deep.equal(['start 0', 'stop 0']);
    runs.stops[0]?.resolve();
    runs.starts[1]?.resolve();
    await Promise.all([stopping, second]);
    expect(runs.told).to.deep.equal(['start 0', 'stop 0', 'start 1']);
    expect(transport.addresses()).to.deep.equal(['other://1']);
  });

  it('does not run what was stopped before it had its turn', async () => {
    const starting = start().catch((cause: unknown) => cause);
    runs.stops[0]?.resolve();
    await transport.stop(GOING_ON);
    expect(await starting).to.have.property('code', 'UNSUPPORTED');
    expect(runs.told).to.deep.equal(['stop 0']);
  });

  it('is not started with a signal that has aborted', async () => {
    const reason = new Error('too late');
    const failure: unknown = await transport
      .start(testEndpoint({ credential: 'key' }).service, AbortSignal.abort(reason))
      .catch((cause: unknown) => cause);
    expect(failure).to.equal(reason);
    expect(runs.told).to.deep.equal([]);
  });
});
