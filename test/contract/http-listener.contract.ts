/** What every HTTP listener promises. */
import { expect } from 'chai';
import type { HttpHandler, HttpListener, HttpRequest } from '../../ports/index.js';
import { failure } from './outcome.js';
import { headSections } from './http-listener.heads.js';
import { lifecycleSection } from './http-listener.lifecycle.js';
import type {
  HttpListenerWorld,
  ListenerAnswer,
  ListenerRequest,
  OpenRequest,
} from './http-listener.world.js';

export type {
  HttpListenerWorld,
  ListenerAnswer,
  ListenerRequest,
  OpenRequest,
} from './http-listener.world.js';
import { afterEach, beforeEach, contractSuite, describe, it } from './runner.contract.js';

const never = (): AbortSignal => new AbortController().signal;
const says =
  (text: string): HttpHandler =>
  () =>
    Promise.resolve({ status: 200, body: text });

export const httpListenerContract = contractSuite((name, world: HttpListenerWorld) => {
  describe(`HttpListener: ${name}`, () => {
    let listener: HttpListener;
    const others: HttpListener[] = [];

    beforeEach(async () => {
      listener = world.create();
      await listener.start(never());
    });
    afterEach(async () => {
      for (const one of [listener, ...others.splice(0)]) await one.stop(AbortSignal.abort());
    });

    const get = async (target: string): Promise<string> => textOf(await world.request(listener, { target }));
    const statusOf = async (target: string): Promise<number> =>
      (await world.request(listener, { target })).status;
    /** Routes `/it` to a handler that keeps the request, and sends one. */
    const seen = async (request: ListenerRequest): Promise<HttpRequest> => {
      let kept: HttpRequest | undefined;
      const remove = listener.route('/it', (heard) => {
        kept = heard;
        return Promise.resolve({ status: 200 });
      });
      await world.request(listener, request);
      remove();
      return kept as HttpRequest;
    };
    const soon = (isTrue: () => boolean, what: string): Promise<void> =>
      eventually(isTrue, what, world.withinMs);

    lifecycleSection(world.create, world.withinMs);

    describe('routes', () => {
      it('[prefix-longest] calls the route with the longest matching prefix first', async () => {
        listener.route('/a', says('short'));
        listener.route('/a/b', says('long'));
        listener.route('/', says('root'));
        expect([await get('/a/b/c'), await get('/a/x'), await get('/z')]).to.deep.equal([
          'long',
          'short',
          'root',
        ]);
      });
      it('[prefix-segments] matches whole segments only', async () => {
        listener.route('/files', says('files'));
        expect([
          await statusOf('/files'),
          await statusOf('/files/'),
          await statusOf('/files/x'),
        ]).to.deep.equal([200, 200, 200]);
        expect([await statusOf('/filesystem'), await statusOf('/x/files')]).to.deep.equal([404, 404]);
      });
      it('[falls-through] passes the request to the next route', async () => {
        listener.route('/a', says('short'));
        listener.route('/a/b', () => Promise.resolve(undefined));
        expect(await get('/a/b')).to.equal('short');
      });
      it('[removes-route] removes a route and no other', async () => {
        const remove = listener.route('/a', says('one'));
        listener.route('/a', says('two'));
        expect(await get('/a')).to.equal('one');
        remove();
        remove();
        expect(await get('/a')).to.equal('two');
      });
      it('[not-found] answers 404 with a code if no route answers', async () => {
        const answer = await world.request(listener, { target: '/none' });
        expect(answer.status).to.equal(404);
        expect(JSON.parse(textOf(answer))).to.have.nested.property('error.code', 'NOT_FOUND');
      });
      it('[handler-throws] answers 500 without the message of the error', async () => {
        listener.route('/a', () => Promise.reject(new Error('secret detail')));
        const answer = await world.request(listener, { target: '/a' });
        expect(answer.status).to.equal(500);
        expect(textOf(answer)).not.to.contain('secret');
      });
    });

    describe('requests', () => {
      it('[decodes-once] decodes the path once, without the query', async () => {
        const request = await seen({ target: '/it/a%20b%2525?x=1%2B1&x=2&y=' });
        expect(request.path).to.equal('/it/a b%25');
        expect([...request.query]).to.deep.equal([
          ['x', '1+1'],
          ['y', ''],
        ]);
      });
      it('[refuses-dots] never lets a path leave its prefix', async () => {
        let asked = 0;
        listener.route('/', () => {
          asked += 1;
          return Promise.resolve({ status: 200 });
        });
        for (const target of [
          '/a/../b',
          '/%2e%2e/b',
          '/a/..%2fb',
          '/a/..',
          '/a%5c..%5cb',
          '/%00',
          '/%zz',
          '/%ff',
        ]) {
          expect(await statusOf(target), target).to.equal(400);
        }
        expect(asked).to.equal(0);
        expect(await statusOf('/a..b/...')).to.equal(200);
      });
      it('[request-facts] passes on the method, the headers in lower case, and the body', async () => {
        let body = '';
        listener.route('/post', async (request) => {
          body = Buffer.from(await request.body(100)).toString();
          expect(request.method).to.equal('POST');
          expect(request.headers['x-test']).to.equal('Yes');
          expect(request.client.address).to.be.a('string').that.is.not.equal('');
          return { status: 201, headers: { 'x-answer': 'a' } };
        });
        const headers = { 'X-Test': 'Yes' };
        const answer = await world.request(listener, {
          method: 'POST',
          target: '/post',
          headers,
          body: Buffer.from('hello'),
        });
        expect([answer.status, answer.headers['x-answer'], body]).to.deep.equal([201, 'a', 'hello']);
      });
      it('[body-limit] refuses a body that is too long', async () => {
        let refused: unknown;
        listener.route('/post', async (request) => {
          refused = await failure(request.body(4));
          throw refused;
        });
        const answer = await world.request(listener, {
          method: 'POST',
          target: '/post',
          body: Buffer.from('hello'),
        });
        expect(refused).to.be.instanceOf(RangeError);
        expect(answer.status).to.equal(413);
      });
    });

    describe('answers', () => {
      it('[bodies] sends text, bytes and streams unchanged', async () => {
        listener.route('/text', says('ä'));
        listener.route('/bytes', () => Promise.resolve({ status: 200, body: Uint8Array.of(0, 255) }));
        listener.route('/stream', () => Promise.resolve({ status: 200, body: chunks(3) }));
        listener.route('/none', () => Promise.resolve({ status: 204 }));
        expect(await get('/text')).to.equal('ä');
        expect([...(await world.request(listener, { target: '/bytes' })).body]).to.deep.equal([0, 255]);
        expect((await world.request(listener, { target: '/stream' })).body.length).to.equal(3 * CHUNK_BYTES);
        expect(await statusOf('/none')).to.equal(204);
      });
      it('[head] answers HEAD with headers and does not consume the body', async () => {
        let isConsumed = false;
        listener.route('/stream', () => {
          const body = (async function* () {
            isConsumed = true;
            yield new Uint8Array(5);
          })();
          return Promise.resolve({ status: 200, headers: { 'content-length': '5' }, body });
        });
        const answer = await world.request(listener, { method: 'HEAD', target: '/stream' });
        expect([answer.headers['content-length'], answer.body.length, isConsumed]).to.deep.equal([
          '5',
          0,
          false,
        ]);
      });
      it('[back-pressure] reads no more from a body than the client reads, up to a fixed limit', async () => {
        let given = 0;
        const body = (async function* () {
          for (;;) {
            given += 1;
            yield new Uint8Array(CHUNK_BYTES);
          }
        })();
        listener.route('/endless', () => Promise.resolve({ status: 200, body }));
        const open = world.begin(listener, { target: '/endless' });
        await open.read();
        await steady(() => given, world.withinMs);
        expect(given * CHUNK_BYTES).to.be.below(64 * 1024 * 1024);
        open.leave();
      });
      it('[abort-returns] notifies the handler and its body when the client disconnects', async () => {
        let isReturned = false;
        let signal: AbortSignal | undefined;
        const body = (async function* () {
          try {
            for (;;) yield new Uint8Array(CHUNK_BYTES);
          } finally {
            isReturned = true;
          }
        })();
        listener.route('/endless', (request) => {
          signal = request.signal;
          return Promise.resolve({ status: 200, body });
        });
        const open = world.begin(listener, { target: '/endless' });
        await open.read();
        expect(signal?.aborted).to.equal(false);
        open.leave();
        await soon(
          () => isReturned && signal?.aborted === true,
          'the body is returned and the signal aborts',
        );
      });
      it('[cut-is-seen] lets the client detect that a body failed midway', async () => {
        const body = (async function* () {
          yield new Uint8Array(CHUNK_BYTES);
          throw new Error('disk');
        })();
        listener.route('/broken', () => Promise.resolve({ status: 200, body }));
        const open = world.begin(listener, { target: '/broken' });
        expect(await failure(readAll(open))).to.be.instanceOf(Error);
        listener.route('/fine', says('fine'));
        expect(await get('/fine')).to.equal('fine');
      });
    });

    headSections(world, () => listener);

    describe('upgrades', () => {
      it('[upgrade-exact] passes an upgrade to the handler of exactly that path', async () => {
        let taken = 0;
        const remove = listener.upgrade('/ws', ({ socket }) => {
          taken += 1;
          (socket as { destroy?: () => void }).destroy?.();
        });
        expect([await world.upgrade(listener, '/ws?x=1'), taken]).to.deep.equal([true, 1]);
        expect([
          await world.upgrade(listener, '/ws/more'),
          await world.upgrade(listener, '/w'),
        ]).to.deep.equal([false, false]);
        remove();
        expect([await world.upgrade(listener, '/ws'), taken]).to.deep.equal([false, 1]);
      });
      it('[upgrade-required] answers a plain request on such a path with 426', async () => {
        listener.upgrade('/ws', () => undefined);
        expect(await statusOf('/ws')).to.equal(426);
      });
    });

    describe('lifecycle', () => {
      it('[address] reports its actual address from start to stop', async () => {
        const other = world.create();
        others.push(other);
        expect(other.address()).to.equal(undefined);
        await other.start(never());
        expect(other.address()?.port).to.be.above(0);
        await other.stop(never());
        expect(other.address()).to.equal(undefined);
      });
      it('[address-in-use] names the address in use, and the configuration key to change it', async () => {
        const port = listener.address()?.port ?? 0;
        const second = world.create(port);
        others.push(second);
        const error = (await failure(second.start(never()))) as { code?: string; detail?: object };
        expect(error.code).to.equal('ADDRESS_IN_USE');
        expect(error.detail).to.deep.include({ port, key: 'server.port' });
        expect(error.detail).to.have.property('host');
        await second.stop(never());
        await listener.stop(never());
        await second.start(never());
      });
      it('[start-aborted] rejects an aborted start with its reason', async () => {
        const reason = new Error('not wanted');
        expect(await failure(world.create().start(AbortSignal.abort(reason)))).to.equal(reason);
      });
      it('[stop-any-time] can be stopped without a start, and repeatedly', async () => {
        await world.create().stop(never());
        await listener.stop(never());
        await listener.stop(never());
        expect(await failure(world.request(listener, { target: '/' }))).to.be.instanceOf(Error);
      });
      it('[stop-drains] lets a response in progress finish, and accepts no new requests', async () => {
        let release: () => void = () => undefined;
        let isAsked = false;
        listener.route('/slow', async () => {
          isAsked = true;
          await new Promise<void>((resolve) => (release = resolve));
          return { status: 200, body: 'done' };
        });
        const running = get('/slow');
        await soon(() => isAsked, 'the request arrives');
        const stopped = listener.stop(never());
        expect(await failure(world.request(listener, { target: '/slow' }))).to.be.instanceOf(Error);
        release();
        expect(await running).to.equal('done');
        await stopped;
      });
      it('[stop-aborted] closes the remaining connections when the time is used up', async () => {
        const body = (async function* () {
          for (;;) yield new Uint8Array(CHUNK_BYTES);
        })();
        listener.route('/endless', () => Promise.resolve({ status: 200, body }));
        const open = world.begin(listener, { target: '/endless' });
        await open.read();
        const budget = new AbortController();
        const stopped = listener.stop(budget.signal);
        budget.abort();
        await stopped;
        expect(await failure(readAll(open))).to.be.instanceOf(Error);
      });
      it('[restart] can be started again with its routes', async () => {
        listener.route('/a', says('a'));
        await listener.stop(never());
        await listener.start(never());
        expect(await get('/a')).to.equal('a');
      });
    });
  });
});

const CHUNK_BYTES = 262_144;

async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n += 1) yield new Uint8Array(CHUNK_BYTES);
}

async function readAll(open: OpenRequest): Promise<void> {
  while ((await open.read()) !== undefined);
}

function textOf(answer: ListenerAnswer): string {
  return Buffer.from(answer.body).toString();
}

async function eventually(isTrue: () => boolean, what: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not within ${String(withinMs)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Waits until a number has stayed the same for a while; gives up, without failing, at the deadline. */
async function steady(value: () => number, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  let last = -1;
  while (last !== value() && Date.now() < deadline) {
    last = value();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
