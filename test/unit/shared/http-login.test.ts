import { expect } from 'chai';
import { answerChallenge } from '../../../adapters/_shared/http-login.js';

const MUFASA = { username: 'Mufasa', password: 'Circle of Life' };
const NONCE =
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const REQUEST = {
  method: 'GET',
  uri: '/dir/index.html',
  clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const digest = (algorithm: string): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", ${algorithm}${NONCE}`;
const MD5 = 'response="8ca523f5e9506fed4657c9700eebdbec"';
const SHA256 = 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"';

describe('the answer to a challenge', () => {
  it('is that of RFC 7616, §3.9.1', () => {
    expect(answerChallenge([digest('algorithm=MD5, ')], MUFASA, REQUEST)).to.include(MD5);
    expect(answerChallenge([digest('algorithm=SHA-256, ')], MUFASA, REQUEST)).to.include(SHA256);
    expect(answerChallenge([digest('')], MUFASA, REQUEST), 'MD5 when none is named').to.include(MD5);
  });

  it('takes the strongest that is offered, in one header or in several', () => {
    const offers = ['Basic realm="a, b"', digest('algorithm=MD5, '), digest('algorithm=SHA-256, ')];
    expect(answerChallenge(offers, MUFASA, REQUEST)).to.include(SHA256);
    expect(answerChallenge([offers.join(', ')], MUFASA, REQUEST)).to.include(SHA256);
  });

  it('is that of RFC 2069 without qop', () => {
    const answer = answerChallenge(
      ['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'],
      MUFASA,
      REQUEST,
    );
    expect(answer).not.to.match(/qop|nc=|cnonce/);
  });

  it('is Basic where nothing else is offered, and nothing where that is not', () => {
    const login = { username: 'Aladdin', password: 'open sesame' };
    expect(answerChallenge(['basic realm="x"'], login, REQUEST)).to.equal(
      'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    );
    const unknown = ['Negotiate', 'Digest realm="x", nonce="y", algorithm=SHA-512-256', 'Digest realm="x"'];
    for (const challenges of [[], ...unknown.map((each) => [each]), ['', '=', '"', '="']])
      expect(answerChallenge(challenges, login, REQUEST)).to.equal(undefined);
  });

  it('puts quotes where they do no harm', () => {
    const login = { username: 'a"b\\c', password: 'x' };
    const answer = answerChallenge(['Digest realm="the \\"gate\\"", nonce="n"'], login, REQUEST);
    expect(answer).to.include('username="a\\"b\\\\c"').and.include('realm="the \\"gate\\""');
  });
});
