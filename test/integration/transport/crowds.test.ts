/** Many who say nothing, or nothing that counts, and those among them who do. */
import { expect } from 'chai';
import type { Socket } from 'node:net';
import { FrontDoor, HANDSHAKE } from '../../worlds/front-door.js';
import type { WsClient } from '../../worlds/ws-client.js';

describe('in a crowd of strangers', function () {
  this.timeout(60_000);
  let door: FrontDoor;

  const begin = async (...options: ConstructorParameters<typeof FrontDoor>): Promise<void> => {
    door = await new FrontDoor(...options).begin();
  };
  afterEach(() => door.end());

  it('of WebSockets, whoever shows a credential is served', async () => {
    await begin({}, { maxSockets: 20, maxAnonymous: 10, maxAnonymousPerAddress: 8 });
    for (let count = 0; count < 40; count += 1) await door.login();
    const known = await Promise.all(Array.from({ length: 12 }, () => door.login({ 'x-api-key': 'k1' })));
    for (const client of known) expect((await client.answer('who')).result).to.equal(true);
    const late = await door.login();
    expect((await late.answer('authenticate', {})).result).to.equal(true);
  });

  it('of WebSockets, places are kept by those who have logged in', async () => {
    await begin({}, { maxSockets: 3, maxAnonymous: 3, maxAnonymousPerAddress: 3 });
    const known = await Promise.all(Array.from({ length: 3 }, () => door.login({ 'x-api-key': 'k1' })));
    for (const client of known) await client.answer('who');
    expect(await door.login().catch((cause: Error) => cause.message)).to.contain('503');
  });

  it('of WebSockets, nobody is closed whose credential is still being looked at', async () => {
    await begin({}, { maxSockets: 20, maxAnonymous: 10, maxAnonymousPerAddress: 8 });
    const slow = await door.login({ 'x-api-key': 'slow' });
    const asking = await door.login();
    const asked = asking.answer('authenticate', { hold: true });
    const { letIn } = door.service;
    await until(() => door.service.letIn !== letIn);
    for (let count = 0; count < 40; count += 1) await door.login();
    door.service.letIn();
    letIn();
    expect((await asked).result).to.equal(true);
    expect((await slow.answer('who')).result).to.equal(true);
    for (let count = 0; count < 40; count += 1) await door.login();
    expect((await slow.answer('who')).result).to.equal(true);
  });

  it('behind a proxy that hides it, those who have logged in stay, and the log tells which setting helps', async () => {
    await begin({ trustedProxies: ['127.0.0.1'] }, { maxAnonymousPerAddress: 5 });
    const known = await door.login({ 'x-api-key': 'k1' });
    await known.answer('who');
    const crowd: WsClient[] = [];
    for (let count = 0; count < 8; count += 1) crowd.push(await door.login());
    expect((await (crowd[0] as WsClient).closed).code).to.equal(1008);
    expect((await known.answer('who')).result).to.equal(true);
    const told = door.log
      .lines()
      .filter(({ fields }) => String(fields['remedy']).includes('trusted_proxies'));
    expect(told).to.have.lengthOf(1);
    expect(told[0]).to.have.property('level', 'warn');
  });

  it('each is asked to log in within a time', async () => {
    await begin({}, { loginTimeoutMs: 150 });
    const [silent, known] = [await door.login(), await door.login()];
    await known.answer('authenticate', {});
    expect((await silent.closed).code).to.equal(1008);
    expect((await known.answer('who')).result).to.equal(true);
  });

  it('of plain connections, the next request is answered', async () => {
    await begin({ maxConnections: 30, maxWaitingPerAddress: 20 });
    for (let count = 0; count < 60; count += 1) await door.open();
    expect(await door.status('GET /who HTTP/1.1', 'Host: x', '', '')).to.equal(200);
  });
});

describe('behind a login', function () {
  this.timeout(60_000);
  let door: FrontDoor;

  const begin = async (...options: ConstructorParameters<typeof FrontDoor>): Promise<void> => {
    door = await new FrontDoor(...options).begin();
  };
  afterEach(() => door.end());

  it('answers whatever came behind a login under its own id, and what wants no answer not at all', async () => {
    await begin();
    const client = await door.login();
    const many = Array.from({ length: 600 }, (_, n) =>
      n % 3 === 0
        ? { jsonrpc: '2.0', method: 'who' }
        : n % 3 === 1
          ? { jsonrpc: '2.0', method: 'who', id: `id ${String(n)}` }
          : [
              { jsonrpc: '2.0', method: 'who' },
              { jsonrpc: '2.0', method: 'who', id: `id ${String(n)}` },
            ],
    );
    client.rawSend(JSON.stringify({ jsonrpc: '2.0', method: 'authenticate', params: {}, id: 'login' }));
    for (const message of many) client.rawSend(JSON.stringify(message));
    const heard = new Map<unknown, unknown>();
    while (heard.size < 401) {
      for (const { id, result } of [await client.nextRaw()].flat() as { id: unknown; result?: unknown }[]) {
        expect(id, 'an answer to nobody').to.be.a('string');
        expect(heard.has(id), 'a second answer').to.equal(false);
        heard.set(id, result);
      }
    }
    expect([...heard.values()].every((result) => result === true || result === undefined)).to.equal(true);
  });

  it('reads no more from a client than its socket has brought, while it logs in', async () => {
    await begin();
    const socket = await door.open();
    const head = ['GET /ws HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...HANDSHAKE];
    const greeted = new Promise((resolve) => socket.once('data', resolve));
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await greeted;
    const login = Buffer.from('{"jsonrpc":"2.0","method":"authenticate","params":{"hold":true},"id":1}');
    socket.write(frame(login));
    let flowing = 0;
    const filler = frame(
      Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'who', params: { x: 'x'.repeat(60_000) } })),
    );
    // Until the kernel takes no more, which it does for as long as somebody reads.
    while (flowing < 1000 && (await written(socket, filler))) flowing += 1;
    expect(flowing).to.be.below(1000);
    door.service.letIn();
    expect(await drained(socket)).to.equal(true);
  });

  it('lets calls see the effects of those before them, also in one segment and in one batch', async () => {
    await begin();
    const client = await door.login();
    const call = (method: string, id: string) => ({ jsonrpc: '2.0', method, params: {}, id });
    for (const [method, id] of [
      ['authenticate', 'a'],
      ['who', 'b'],
    ] as const)
      client.rawSend(JSON.stringify(call(method, id)));
    expect([await client.nextRaw(), await client.nextRaw()]).to.deep.equal([
      { jsonrpc: '2.0', result: true, id: 'a' },
      { jsonrpc: '2.0', result: true, id: 'b' },
    ]);
    const other = await door.login();
    const answers = await other.rawCall(JSON.stringify([call('authenticate', 'a'), call('who', 'b')]));
    expect(answers).to.deep.include({ jsonrpc: '2.0', result: true, id: 'b' });
  });
});

/** A text frame of 126 to 65535 bytes, or of less, with a mask of zeros. */
function frame(payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? [0x81, 0x80 | payload.length]
      : [0x81, 0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

/** @returns false when the other side does not take it within a while. */
async function written(socket: Socket, data: Buffer): Promise<boolean> {
  return socket.write(data) || (await drained(socket, 500));
}

function drained(socket: Socket, withinMs = 10_000): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    socket.once('drain', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function until(isTrue: () => boolean, withinMs = 5000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not true within ${String(withinMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
