/** Another user of this machine who reads passes to publish from the process list. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { MediaServer } from '../../../ports/media-server.js';
import { MediaMtxFactory, publishWith } from '../../worlds/media-server-worlds.js';
import { until } from '../../worlds/media.js';

const signal = new AbortController().signal;
const NOBODY = 65_534;
const ROUNDS = 12;
/** Only root may become somebody else. For others the server is told that they are not its user. */
const isRoot = process.getuid?.() === 0;
const hooks = { authorize: () => Promise.resolve(false), stateChanged: () => undefined };

interface Loot {
  readonly tried: number;
  readonly letIn: number;
}

/** @param who `other`: as a user without rights. @param urls passes it knows; none: it looks for them. */
async function thief(
  who: 'other' | 'same',
  url: URL,
  ...urls: readonly string[]
): Promise<() => Promise<Loot>> {
  const user = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
  const node = [process.execPath, '--input-type=module', '-', url.port, ...urls];
  const [command = '', ...words] = who === 'other' && isRoot ? [...user, ...node] : node;
  const child = spawn(command, words, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(await readFile(new URL('./thief.mjs', import.meta.url)));
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('a thief', () => said !== '');
  return async () => {
    child.kill('SIGTERM');
    await once(child, 'close');
    return JSON.parse(said) as Loot;
  };
}

describe('a pass to publish', function () {
  this.timeout(120_000);
  const factory = new MediaMtxFactory();
  afterEach(() => factory.reset());

  const start = async (isOurs: boolean): Promise<MediaServer> => {
    const { server } = await factory.create({}, isOurs ? {} : { uid: NOBODY });
    await server.start(hooks, signal);
    await server.ensurePath('camera0', { record: false }, signal);
    return server;
  };

  it('is good for its own user', async () => {
    const server = await start(true);
    const url = server.publishUrl('camera0');
    const loot = await (await thief('same', new URL(url), url))();
    expect(loot).to.deep.equal({ tried: 1, letIn: 1 });
  });

  it('is good for no other user, and stays good for its own', async () => {
    const server = await start(isRoot);
    const url = server.publishUrl('camera0');
    const loot = await (await thief('other', new URL(url), url))();
    expect(loot).to.deep.equal({ tried: 1, letIn: 0 });
    expect((await publishWith(factory, server, url)) !== undefined).to.equal(isRoot);
  });

  it('is never won by who watches the process list', async () => {
    const server = await start(isRoot);
    const end = await thief('other', new URL(server.publishUrl('camera0')));
    let published = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const publisher = await publishWith(factory, server, server.publishUrl('camera0'));
      if (publisher !== undefined) published += 1;
      await publisher?.stop();
      await until('a free path', async () => (await server.paths(signal)).every(({ ready }) => !ready));
    }
    const { tried, letIn } = await end();
    expect({ letIn, published }).to.deep.equal({ letIn: 0, published: isRoot ? ROUNDS : 0 });
    expect(tried, 'passes that were seen').to.be.greaterThan(ROUNDS / 2);
  });
});
