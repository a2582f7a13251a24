/** What every MediaServer must do. */
import { expect } from 'chai';
import type {
  MediaServer,
  MediaServerState,
  PathSpec,
  PathState,
  ViewerRequest,
} from '../../ports/media-server.js';
import { isPortError } from '../../ports/port-error.js';
import { identityTrait, isFlag } from './identity.trait.js';
import { lifecycleTrait } from './lifecycle.trait.js';
import { afterEach, beforeEach, contractSuite, describe, it, timeout } from './runner.contract.js';

/** Somebody at the media: a publisher or a viewer. */
export interface MediaPeer {
  readonly isAlive: boolean;
  stop(): Promise<void>;
}

/** A fresh server, and the means to act on what is around it. */
export interface MediaServerWorld {
  /** A new server, not started. */
  create(): Promise<MediaServer>;
  /** A server whose outside cannot be reached; not started. */
  createUnreachable(): Promise<MediaServer>;
  /** Publishes with a URL of `publishUrl`. @returns nothing when refused. */
  publish(server: MediaServer, url: string): Promise<MediaPeer | undefined>;
  /** Views the path from the outside. @returns nothing when refused; otherwise somebody who is being served. */
  view(server: MediaServer, path: string, credential: string): Promise<MediaPeer | undefined>;
  killServer(server: MediaServer): Promise<void>;
  /** Bytes of all recordings of the path. */
  recordedBytes(server: MediaServer, path: string): Promise<number>;
  /** Ends whatever the world started. */
  reset(): Promise<void>;
  /** Bound of everything that is waited for. */
  readonly withinMs: number;
}

const PATH = 'camera0';
const CREDENTIAL = 'good-credential';
const PLAIN: PathSpec = { record: false };
const RECORDED: PathSpec = { record: { format: 'fmp4', mark: 'm1' } };

export const mediaServerContract = contractSuite((name, world: MediaServerWorld) => {
  describe(`${name} as a MediaServer, its`, () => {
    afterEach(() => world.reset());
    identityTrait(() => world.create(), { recording: isFlag, viewers: isFlag });
    lifecycleTrait(async () => {
      const server = await world.create();
      const hooks = { authorize: () => Promise.resolve(false), stateChanged: () => undefined };
      return {
        start: (signal) => server.start(hooks, signal),
        stop: (signal) => server.stop(signal),
        isUp: () => server.state().status === 'ready',
      };
    }, world.withinMs);
  });

  describe(`${name} as a MediaServer`, () => {
    timeout(Math.max(5_000, world.withinMs * 3));
    let server: MediaServer;
    let states: MediaServerState[];
    let asked: ViewerRequest[];
    const signal = new AbortController().signal;

    const begin = async (made: Promise<MediaServer>): Promise<void> => {
      server = await made;
      const authorize = (request: ViewerRequest): Promise<boolean> => {
        asked.push(request);
        return Promise.resolve(request.credentials.includes(CREDENTIAL));
      };
      await server.start({ authorize, stateChanged: (state) => states.push(state) }, signal);
    };
    const stateOf = async (path: string): Promise<PathState | undefined> =>
      (await server.paths(signal)).find((item) => item.name === path);
    const until = async (what: string, condition: () => boolean | Promise<boolean>): Promise<void> => {
      const deadline = performance.now() + world.withinMs;
      while (!(await condition())) {
        if (performance.now() > deadline) expect.fail(`within ${world.withinMs} ms there was no: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const failure = async (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => undefined,
        (error: unknown) => error,
      );

    beforeEach(() => {
      states = [];
      asked = [];
    });
    afterEach(async () => {
      await server.stop(AbortSignal.timeout(world.withinMs));
      await world.reset();
    });

    describe('in its life', () => {
      it('[starts-ready] is ready after the start and has reported it', async () => {
        await begin(world.create());
        expect(server.state().status).to.equal('ready');
        expect(server.state().epoch).to.be.greaterThan(0);
        expect(states.at(-1)).to.deep.equal(server.state());
      });

      it('[stops] is not ready after the stop, which may be repeated', async () => {
        await begin(world.create());
        await server.stop(signal);
        expect(server.state().status).not.to.equal('ready');
        await server.stop(signal);
        expect(isPortError(await failure(server.paths(signal)), 'MEDIA_SERVER_UNREACHABLE')).to.equal(true);
      });

      it('[stops-unstarted] can be stopped without a start', async () => {
        server = await world.create();
        await server.stop(signal);
      });

      it('[starts-again] can be started again after a stop, with a new epoch', async () => {
        await begin(world.create());
        const { epoch } = server.state();
        await server.stop(signal);
        await begin(Promise.resolve(server));
        expect(server.state().status).to.equal('ready');
        expect(server.state().epoch).to.be.greaterThan(epoch);
      });

      it('[epoch-rises] restarts by itself after it was killed, with a new epoch and no paths', async () => {
        await begin(world.create());
        await server.ensurePath(PATH, PLAIN, signal);
        const { epoch } = server.state();
        await world.killServer(server);
        await until('new epoch', () => server.state().epoch > epoch && server.state().status === 'ready');
        expect(states.map((state) => state.status)).to.include('down');
        await server.ensurePath(PATH, PLAIN, signal);
        expect(await stateOf(PATH)).to.include({ name: PATH, ready: false });
      });

      it('[unreachable] starts even if the server is unreachable, and every call fails promptly with the code', async () => {
        await begin(world.createUnreachable());
        expect(server.state().status).not.to.equal('ready');
        const calls = [
          () => server.ensurePath(PATH, PLAIN, signal),
          () => server.removePath(PATH, signal),
          () => server.paths(signal),
        ];
        for (const call of calls) {
          const began = performance.now();
          const error = await failure(call());
          expect(isPortError(error, 'MEDIA_SERVER_UNREACHABLE') && error.retryable).to.equal(true);
          expect(performance.now() - began).to.be.lessThan(world.withinMs);
        }
      });

      it('[aborts] rejects with the reason of an aborted signal', async () => {
        await begin(world.create());
        const reason = new Error('enough');
        const aborted = AbortSignal.abort(reason);
        expect(await failure(server.ensurePath(PATH, PLAIN, aborted))).to.equal(reason);
        expect(await failure(server.paths(aborted))).to.equal(reason);
      });
    });

    describe('with paths', () => {
      beforeEach(() => begin(world.create()));

      it('[lists-idle] lists a path without a publisher as not ready', async () => {
        await server.ensurePath(PATH, PLAIN, signal);
        expect(await stateOf(PATH)).to.include({ ready: false, readers: 0 });
      });

      it('[removes] removes a path and disconnects its users, and ignores a missing path', async () => {
        await server.ensurePath(PATH, PLAIN, signal);
        const publisher = await world.publish(server, server.publishUrl(PATH));
        await server.removePath(PATH, signal);
        await until('path removed', async () => (await stateOf(PATH)) === undefined);
        await until('publisher cut', () => publisher?.isAlive === false);
        await server.removePath(PATH, signal);
      });

      it('[takes-names] accepts every valid camera name', async () => {
        const names = ['front.door', 'A', '7', 'a..b', 'cam_1-x.', 'allee', 'x'.repeat(63)];
        for (const name of names) await server.ensurePath(name, PLAIN, signal);
        const listed = (await server.paths(signal)).map((item) => item.name);
        expect(listed).to.include.members(names);
        for (const name of names) {
          const { webrtc, rtsp } = server.viewerUrls(name, 'box.example');
          for (const url of [webrtc, rtsp]) expect(new URL(url).pathname.split('/')[1]).to.equal(name);
        }
        expect(await world.publish(server, server.publishUrl('front.door'))).not.to.equal(undefined);
        await until('front.door is published', async () => (await stateOf('front.door'))?.ready === true);
        for (const name of names) await server.removePath(name, signal);
      });

      it('[rejects-names] refuses names that are not valid camera names', async () => {
        for (const name of [
          '../x y',
          '',
          '.hidden',
          '-x',
          'Haustür',
          'a/b',
          'all',
          'all_others',
          'x'.repeat(64),
        ]) {
          const error = await failure(server.ensurePath(name, PLAIN, signal));
          expect(isPortError(error, 'MEDIA_SERVER_REJECTED'), name).to.equal(true);
        }
      });

      it('[viewer-urls] builds URLs for viewers with the host and the name, without credentials', () => {
        const urls = Object.values(server.viewerUrls(PATH, 'box.example'));
        expect(urls).to.have.length(3);
        for (const text of urls) {
          const url = new URL(text);
          expect(url.hostname).to.equal('box.example');
          expect(url.pathname.split('/')[1]).to.equal(PATH);
          expect(url.username + url.password + url.search).to.equal('');
        }
      });

      it('[publish-once] accepts a publish URL once, and only for its path', async () => {
        await server.ensurePath(PATH, PLAIN, signal);
        await server.ensurePath('camera1', PLAIN, signal);
        const url = server.publishUrl(PATH);
        expect(server.publishUrl(PATH)).not.to.equal(url);
        const other = server.publishUrl('camera1').replace('/camera1', `/${PATH}`);
        expect(await world.publish(server, other)).to.equal(undefined);
        const publisher = await world.publish(server, url);
        expect(publisher?.isAlive).to.equal(true);
        await until('ready', async () => (await stateOf(PATH))?.ready === true);
        expect((await stateOf(PATH))?.tracks).to.deep.equal(['H264']);
        await publisher?.stop();
        await until('not ready', async () => (await stateOf(PATH))?.ready === false);
        expect(await world.publish(server, url)).to.equal(undefined);
      });

      it('[authorize-decides] asks with the credentials of the viewer, and obeys the decision', async () => {
        await server.ensurePath(PATH, PLAIN, signal);
        await world.publish(server, server.publishUrl(PATH));
        expect(await world.view(server, PATH, 'wrong')).to.equal(undefined);
        expect(asked.some((request) => request.credentials.includes('wrong'))).to.equal(true);
        const viewer = await world.view(server, PATH, CREDENTIAL);
        expect(viewer?.isAlive).to.equal(true);
        expect(asked.at(-1)).to.include({ path: PATH });
        await until('a reader', async () => (await stateOf(PATH))?.readers === 1);
        await viewer?.stop();
        await until('no reader', async () => (await stateOf(PATH))?.readers === 0);
      });

      it('[ends-viewers] disconnects a viewer by the name given in the request, and no other viewer', async () => {
        await server.ensurePath(PATH, PLAIN, signal);
        const publisher = await world.publish(server, server.publishUrl(PATH));
        const viewer = await world.view(server, PATH, CREDENTIAL);
        await until('the viewer among the readers', async () => (await stateOf(PATH))?.viewers.length === 1);
        const names = (await stateOf(PATH))?.viewers ?? [];
        expect(asked.map((request) => request.viewer)).to.include(names[0]);
        const other = await world.view(server, PATH, CREDENTIAL);
        await server.endViewers([...names, ...names, 'nobody'], signal);
        await until('the end of the viewer', () => viewer?.isAlive === false);
        expect([publisher?.isAlive, other?.isAlive]).to.deep.equal([true, true]);
        await until('one viewer less', async () => (await stateOf(PATH))?.viewers.length === 1);
        expect((await stateOf(PATH))?.viewers).not.to.include(names[0]);
        await server.endViewers(names, signal);
      });

      it('[ensure-repeats] does not disturb anyone if a path is ensured again', async () => {
        await server.ensurePath(PATH, PLAIN, signal);
        const publisher = await world.publish(server, server.publishUrl(PATH));
        const viewer = await world.view(server, PATH, CREDENTIAL);
        for (let i = 0; i < 3; i++) await server.ensurePath(PATH, PLAIN, signal);
        expect((await server.paths(signal)).filter((item) => item.name === PATH)).to.have.length(1);
        expect([publisher?.isAlive, viewer?.isAlive]).to.deep.equal([true, true]);
        expect(await stateOf(PATH)).to.include({ ready: true, readers: 1 });
      });

      it('[refuses-viewers] refuses viewers while there is no publisher, if so specified', async () => {
        await server.ensurePath(PATH, { ...PLAIN, refusesViewers: true }, signal);
        expect(await world.view(server, PATH, CREDENTIAL), 'nobody publishes').to.equal(undefined);
        await server.ensurePath(PATH, PLAIN, signal);
        const publisher = await world.publish(server, server.publishUrl(PATH));
        expect(publisher?.isAlive).to.equal(true);
        const viewer = await world.view(server, PATH, CREDENTIAL);
        expect(viewer?.isAlive, 'somebody publishes').to.equal(true);
      });

      it('[record-quiet] starts recording without disturbing the publisher or the viewers', async () => {
        if (!server.supports.recording) return;
        await server.ensurePath(PATH, PLAIN, signal);
        const publisher = await world.publish(server, server.publishUrl(PATH));
        const viewer = await world.view(server, PATH, CREDENTIAL);
        expect(await world.recordedBytes(server, PATH)).to.equal(0);
        await server.ensurePath(PATH, RECORDED, signal);
        await until('bytes on disk', async () => (await world.recordedBytes(server, PATH)) > 0);
        await server.ensurePath(PATH, PLAIN, signal);
        expect(await stateOf(PATH)).to.include({ ready: true, readers: 1 });
        expect([publisher?.isAlive, viewer?.isAlive]).to.deep.equal([true, true]);
      });
    });
  });
});
