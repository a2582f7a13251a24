import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { RouteOffer, RouteRequest } from '../../../plugins/api/index.js';
import { TOKENS } from '../rpc/world.js';
import { createRouteWorld } from './route-world.js';

const ROUTE = { summary: 'A route of a test.', role: 'viewer', audited: false } as const;

describe('a stream that a route of a plugin answers', () => {
  const AT = '/plugins/a-test/';
  /** Chunks on demand, and what happens to their source. */
  class Source {
    left = 0;
    signal: AbortSignal | undefined;
    readonly #give: ((chunk: unknown) => void)[] = [];
    readonly #given: unknown[] = [];

    give(chunk: unknown): void {
      const waiting = this.#give.shift();
      if (waiting === undefined) this.#given.push(chunk);
      else waiting(chunk);
    }

    [Symbol.asyncIterator]() {
      const next = async () => {
        const value =
          this.#given.length > 0
            ? this.#given.shift()
            : await new Promise((resolve) => this.#give.push(resolve));
        if (value instanceof Error) throw value;
        return value === 'end' ? { done: true, value: undefined } : { done: false, value };
      };
      return {
        next,
        return: () => Promise.resolve({ done: true, value: undefined, left: (this.left += 1) }),
      };
    }
  }
  const streaming = async (role: RouteOffer['role'] = 'public') => {
    const source = new Source();
    const handler = ({ signal }: RouteRequest) => {
      source.signal = signal;
      return { body: source as never };
    };
    const world = await createRouteWorld((context) => {
      context.route('GET', '/', { ...ROUTE, role, timeoutMs: 1_000, handler });
      context.route('GET', '/devices/{device}', { ...ROUTE, handler });
    });
    return { world, source, remove: world.install() };
  };
  const rejected = async (work: Promise<unknown>): Promise<unknown> => {
    try {
      return await work.then(() => 'it went well');
    } catch (cause) {
      return cause;
    }
  };

  it('is sent as it comes, to its end', async () => {
    const { world, source } = await streaming();
    source.give(Buffer.from('one '));
    const whole = world.get(AT);
    await world.clock.advance(900);
    source.give(Buffer.from('two'));
    await world.clock.advance(900);
    source.give('end');
    expect((await whole).text).to.equal('one two');
    expect(world.faults.size).to.equal(0);
    expect(world.clock.pending).to.equal(0);
  });

  it('is cut when it stalls, fails or is no bytes', async () => {
    for (const [spoil, words] of [
      [undefined, /sent nothing for 1000 ms/],
      [new Error('broken'), /broken/],
      ['text', /no Uint8Array/],
      [Buffer.alloc(2 * 1024 * 1024), /more than 1048576 bytes at once/],
    ] as const) {
      const { world, source } = await streaming();
      source.give(Buffer.from('one'));
      const { chunks } = await world.open(AT);
      const reader = chunks[Symbol.asyncIterator]();
      expect((await reader.next()).done).to.equal(false);
      const next = rejected(reader.next());
      if (spoil === undefined) await world.clock.advance(1_000);
      else source.give(spoil);
      expect(await next).to.be.instanceOf(Error);
      expect(world.faults.get('a-test')?.reason).to.match(words);
      expect(source.left).to.equal(1);
    }
  });

  for (const how of ['client', 'plugin', 'credential'] as const)
    it(`ends with the ${how}`, async () => {
      const { world, source, remove } = await streaming(how === 'credential' ? 'viewer' : 'public');
      source.give(Buffer.from('one'));
      const client = new AbortController();
      const headers = how === 'credential' ? { authorization: `Bearer ${TOKENS.brief}` } : {};
      const { chunks } = await world.open(AT, { signal: client.signal, headers });
      let isOver = false;
      const read = rejected(
        (async () => {
          for await (const chunk of chunks) expect(chunk).to.have.length(3);
        })(),
      ).finally(() => (isOver = true));
      await setImmediate();
      if (how === 'client') client.abort();
      if (how === 'plugin') remove();
      for (let waited = 0; how === 'credential' && waited < 70_000 && !isOver; waited += 500) {
        source.give(Buffer.from('two'));
        await world.clock.advance(500);
      }
      expect(await read).to.be.instanceOf(Error);
      expect([source.signal?.aborted, source.left]).to.deep.equal([true, 1]);
      expect(world.faults.size).to.equal(0);
    });

  it('does not look complete to a reader who comes back after it was cut', async () => {
    const { world, source, remove } = await streaming();
    source.give(Buffer.from('one'));
    const { chunks } = await world.open(AT);
    const reader = chunks[Symbol.asyncIterator]();
    await reader.next();
    remove();
    expect(await rejected(reader.next())).to.be.instanceOf(Error);
    expect(source.left).to.equal(1);
  });

  it('is left alone for HEAD, and leaves its place', async () => {
    const { world, source } = await streaming();
    for (let asked = 0; asked < 70; asked += 1)
      expect((await world.get(AT, undefined, { method: 'HEAD' })).status).to.equal(200);
    expect(source.left).to.equal(70);
  });

  it('takes one of 64 places until it ends', async () => {
    const { world } = await streaming();
    const client = new AbortController();
    setMaxListeners(0, client.signal);
    const open = Array.from({ length: 64 }, () => world.open(AT, { signal: client.signal }));
    await Promise.all(open);
    expect((await world.get(AT)).code).to.equal('DEPENDENCY_FAILED');
    client.abort();
    await setImmediate();
    expect((await world.get(AT, undefined, { method: 'HEAD' })).status).to.equal(200);
  });
});
