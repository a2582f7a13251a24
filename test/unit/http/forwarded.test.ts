import { expect } from 'chai';
import { clientFacts, httpClient, trustOf, type Forwarding } from '../../../adapters/_shared/forwarded.js';
import { createNodeHttpListener } from '../../../adapters/http-listener/node/node-http-listener.js';
import { MAX_CREDENTIAL_LENGTH } from '../../../ports/index.js';
import { quietLog } from '../../worlds/transport-worlds.js';

const PROXY = '10.0.0.1';
const CLIENT = '203.0.113.9';
const trusts = trustOf(['10.0.0.0/8']);

/** What the service makes of these headers, and how often they contradicted each other. */
function told(headers: Record<string, string>, believes: Forwarding['believes'] = 'either', peer = PROXY) {
  let mismatches = 0;
  const forwarding = { trusts, believes, onMismatch: () => (mismatches += 1) };
  return { ...httpClient(clientFacts(peer, { host: 'inner:8002', ...headers }, forwarding)), mismatches };
}

/** What an honest proxy of each kind writes. */
const CUSTOMARY = {
  'x-forwarded-for': CLIENT,
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'cam.example',
};
const STANDARD = { forwarded: `for=${CLIENT};proto=https;host=cam.example` };
const HONEST = { address: CLIENT, baseUrl: 'https://cam.example', mismatches: 0 };

describe('what proxies tell', () => {
  it('counts by either kind of header when the other is not there', () => {
    expect(told(CUSTOMARY)).to.deep.equal(HONEST);
    expect(told(STANDARD)).to.deep.equal(HONEST);
    expect(told({ ...CUSTOMARY, ...STANDARD })).to.deep.equal(HONEST);
  });

  it('counts by the kind that is configured, whatever the client sends of the other', () => {
    const smuggled = { forwarded: 'for=192.0.2.66;proto=http;host=evil.example' };
    expect(told({ ...CUSTOMARY, ...smuggled }, 'x-forwarded')).to.deep.equal(HONEST);
    const others = {
      'x-forwarded-for': '192.0.2.66',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-prefix': '/evil',
    };
    expect(told({ ...STANDARD, ...others }, 'forwarded')).to.deep.equal(HONEST);
    expect(told(others, 'forwarded')).to.include({ address: PROXY, baseUrl: 'http://inner:8002' });
  });

  it('never lets a client choose its address by a second kind', () => {
    for (const [headers, smuggled] of [
      [CUSTOMARY, { forwarded: 'for=192.0.2.66' }],
      [CUSTOMARY, { forwarded: `for=192.0.2.66, for=${PROXY}` }],
      [CUSTOMARY, { forwarded: 'for=unknown' }],
      [STANDARD, { 'x-forwarded-for': '192.0.2.66' }],
      [STANDARD, { 'x-forwarded-for': '192.0.2.66, 10.0.0.7' }],
      [STANDARD, { 'x-forwarded-proto': 'https' }],
    ] as const)
      expect(told({ ...headers, ...smuggled }), JSON.stringify(smuggled)).to.deep.equal({
        address: PROXY,
        baseUrl: 'http://inner:8002',
        mismatches: 1,
      });
  });

  it('never lets a client who names its own address choose scheme, host or path by a second kind', () => {
    const own = { 'x-forwarded-for': CLIENT };
    for (const [headers, smuggled] of [
      [own, { forwarded: `for=${CLIENT};proto=https;host=evil.example` }],
      [{ ...own, 'x-forwarded-proto': 'http' }, { forwarded: `for=${CLIENT};proto=https;host=evil.example` }],
      [
        { forwarded: `for=${CLIENT}` },
        { ...CUSTOMARY, 'x-forwarded-host': 'evil.example', 'x-forwarded-prefix': '/evil' },
      ],
      [
        STANDARD,
        {
          ...own,
          'x-forwarded-proto': 'http',
          'x-forwarded-host': 'evil.example',
          'x-forwarded-prefix': '/evil',
        },
      ],
    ] as const) {
      const { address, baseUrl } = told({ ...headers, ...smuggled });
      expect(address).to.equal(CLIENT);
      expect(baseUrl).to.equal('http://inner:8002');
    }
  });

  it('counts for nothing when nobody trusted has told it', () => {
    for (const believes of ['either', 'forwarded', 'x-forwarded'] as const)
      expect(told({ ...CUSTOMARY, ...STANDARD }, believes, CLIENT)).to.deep.equal({
        address: CLIENT,
        baseUrl: 'http://inner:8002',
        mismatches: 0,
      });
  });
});

describe('options of the listener', () => {
  const create = (options: object) => () =>
    createNodeHttpListener({ ...options, port: 0 }, { log: quietLog });

  it('leave room for the longest credential', () => {
    expect(create({ maxHeaderBytes: MAX_CREDENTIAL_LENGTH }))
      .to.throw(/max_header_bytes must be 12288 or more, .*8192 characters \(MAX_CREDENTIAL_LENGTH\)/)
      .with.property('code', 'OPTION_INVALID');
    expect(create({ maxHeaderBytes: 12_288 })).not.to.throw();
  });
});
