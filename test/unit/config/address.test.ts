import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connectWsClient } from '../../../adapters/transport/ws-jsonrpc/ws-client.js';
import { connectionError, serviceUrl } from '../../../config/cli/address.js';
import { PortError } from '../../../ports/index.js';

const urlFor = (host: string): string =>
  serviceUrl({
    get: (key) =>
      ({ 'server.host': host, 'server.port': 8002, 'ws_jsonrpc.path': '/ws' })[key as 'server.host'],
  });

describe('the address that commands dial', () => {
  for (const [host, dialled] of [
    ['0.0.0.0', '127.0.0.1'],
    ['', '127.0.0.1'],
    ['::', '[::1]'],
    ['[::]', '[::1]'],
    ['0:0:0:0:0:0:0:0', '[::1]'],
    ['192.0.2.7', '192.0.2.7'],
    ['::1', '[::1]'],
    ['[fe80::2]', '[fe80::2]'],
    ['camera.local', 'camera.local'],
  ] as const)
    it(`${host || 'nothing'}: ${dialled}`, () => expect(urlFor(host)).to.equal(`ws://${dialled}:8002/ws`));

  const failure = async (url: string): Promise<PortError> => {
    const cause: unknown = await connectWsClient(url, 'x', { notified: () => undefined }).catch(
      (e: unknown) => e,
    );
    return connectionError(cause, { url, from: 'configuration' }) as PortError;
  };

  it('a port where nobody listens: advice about the service and its port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { message, detail } = await failure(`ws://127.0.0.1:${String(port)}/ws`);
    expect(message).to.contain('nothing is listening').and.contain('ECONNREFUSED');
    expect(detail['remedy']).to.contain('server.port');
  });

  it('a name that is none: advice about the host, and none about ports', async () => {
    const { message, detail } = await failure('ws://no-such-host.invalid:8002/ws');
    expect(message).to.match(/ENOTFOUND|EAI_AGAIN/);
    expect(detail['remedy']).to.contain('server.host').and.not.contain('port');
  });

  for (const reason of ['EADDRNOTAVAIL', 'EACCES', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EINVAL'])
    it(`${reason}: advice about the host, in the words of where it comes from`, () => {
      const cause = new PortError('SOURCE_UNAVAILABLE', { detail: { reason } });
      const url = 'ws://240.0.0.1:8002/ws';
      for (const [from, key] of [
        ['configuration', 'server.host'],
        ['url', '--url'],
      ] as const) {
        const { message, detail } = connectionError(cause, { url, from }) as PortError;
        expect(message).to.contain(url).and.contain(reason);
        expect(detail['remedy']).to.contain(key).and.not.contain('server.port');
      }
    });

  it('a URL that is none is said to be none', async () => {
    const error = await failure('not a url');
    expect(error).to.include({ code: 'OPTION_INVALID' });
    expect(error.message).to.contain('ws://');
  });
});
