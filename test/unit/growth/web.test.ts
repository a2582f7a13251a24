import { Origins } from '../../../adapters/http-listener/node/origins.js';
import { parseTarget, RouteTable } from '../../../adapters/_shared/web-routes.js';
import { clientFacts } from '../../../adapters/_shared/forwarded.js';
import { authorityOf, credentialOf } from '../../../adapters/_shared/web-request.js';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { decide } from '../../../adapters/transport/http-files/ranges.js';
import { createMemoryStateStore } from '../../../adapters/state-store/memory/memory-state-store.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createMemoryAuthProvider } from '../../../adapters/auth-provider/memory/memory-auth-provider.js';
import { createApiKeyAuthProvider } from '../../../adapters/auth-provider/api-key/api-key-auth-provider.js';
import { createJwtAuthProvider } from '../../../adapters/auth-provider/jwt/jwt-auth-provider.js';
import { addressGroup } from '../../../ports/address-group.js';
import { Tickets } from '../../../core/auth/tickets.js';
import { contentTypeOf, formatOf, parseFileName } from '../../../core/files/file-names.js';
import { isFileName } from '../../../adapters/_shared/file-name.js';
import type { HttpRequest } from '../../../ports/index.js';
import { anyway, expectLinear, expectLinearText } from '../../worlds/growth.js';

const FILE = { etag: '"1-2"', modifiedAt: 0, sizeBytes: 1000 };
const HEADERS = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
];

describe('HTTP, whatever a request says', function () {
  this.timeout(120_000);

  it('costs in proportion to its headers', async () => {
    for (const name of HEADERS) {
      const around: [string, string] = name === 'range' ? ['bytes=', '!'] : ['', '!'];
      await expectLinearText((text) => decide('GET', { range: 'bytes=0-', [name]: text }, FILE), { around });
    }
    await expectLinearText((text) => credentialOf({ authorization: text, 'x-api-key': text }));
    await expectLinearText((authorization) => credentialOf({ authorization }), { around: ['Bearer ', ' x'] });
    await expectLinearText((host) => authorityOf(host));
    await expectLinearText((address) => addressGroup(address));
    await expectLinearText((address) => addressGroup(address), { around: ['1::', ':2'] });
  });

  it('costs in proportion to what proxies say', async () => {
    for (const name of ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-prefix'])
      for (const around of [
        ['', ''],
        ['for="', '"'],
        ['192.0.2.1, ', ''],
      ] as const)
        await expectLinearText((text) => clientFacts('192.0.2.1', { [name]: text }, { trusts: () => true }), {
          around,
        });
  });

  it('costs in proportion to its origin', async () => {
    const origins = new Origins(['https://a.example']);
    for (const around of [
      ['', ''],
      ['http://', '/'],
      ['https://[', ']:1'],
    ] as const)
      await expectLinearText(
        (text) => origins.allows(text, { address: '192.0.2.1', host: text, prefix: '' }),
        {
          around,
        },
      );
  });

  it('costs in proportion to its target', async () => {
    for (const around of [
      ['/', ''],
      ['/files/', '?a=b'],
      ['/a?', '=b'],
      ['http://', '/'],
    ] as const)
      await expectLinearText((text) => parseTarget(text), { around });
    const routes = new RouteTable();
    routes.route('/files', () => Promise.resolve(undefined));
    await expectLinearText((path) => routes.answer({ path, query: new Map() } as unknown as HttpRequest), {
      around: ['/files/', ''],
    });
    const parameters = (size: number): string =>
      `/a?${Array.from({ length: size }, (_, n) => `p${String(n)}=${String(n)}`).join('&')}`;
    await expectLinear({ make: parameters, run: parseTarget, largest: 20_000 }, 'parameters');
  });

  it('costs in proportion to its ticket', async () => {
    const tickets = new Tickets(createManualClock(), { secret: new Uint8Array(32), ttlSeconds: 60 });
    const subject = { kind: 'recordings', filename: 'a.mp4' } as const;
    for (const around of [
      ['', ''],
      ['9999999999.', '.a'],
      ['9999999999.a.', ''],
    ] as const)
      await expectLinearText((ticket) => tickets.verify(ticket, subject), { around });
    await expectLinearText((filename) =>
      tickets.verify(`9999999999.a.${'a'.repeat(43)}`, { ...subject, filename }),
    );
  });
});

describe('a credential, whatever it is', function () {
  this.timeout(120_000);
  const clock = createManualClock();
  const deps = { clock, log: createMemoryLogger(), state: createMemoryStateStore() };
  const signal = new AbortController().signal;
  const providers = [
    createApiKeyAuthProvider({ refreshMs: 1000 }, deps),
    createJwtAuthProvider({ algorithm: 'HS256', secret: 'x'.repeat(40) }, deps),
    createMemoryAuthProvider({}, { clock }),
  ];
  const head = Buffer.from('{"alg":"HS256"}').toString('base64url');

  for (const provider of providers) {
    it(`costs ${provider.name} in proportion to its length`, async () => {
      await provider.start(signal);
      const run = anyway((text) => provider.authenticate(text));
      for (const around of [
        ['', ''],
        [`${head}.`, '.a'],
        [`${head}.e30.`, ''],
        ['csk_', '_'],
        ['mem_', '_'],
      ] as const)
        await expectLinearText(run, { around });
    });
  }
});

describe('a file name, whatever it is', function () {
  this.timeout(60_000);

  it('costs in proportion to its length', async () => {
    const read = (name: string) => [
      parseFileName(name),
      contentTypeOf(name),
      formatOf('recordings', name),
      isFileName(name),
    ];
    for (const around of [
      ['', ''],
      ['camera0_', '.mp4'],
      ['camera0_2026-01-01_', '_2026-01-01_00-00-00-000.mp4'],
    ] as const)
      await expectLinearText(read, { around });
  });
});
