import { expect } from 'chai';
import { createRpcWorld } from '../rpc/world.js';
import { ServiceError } from '../../../core/errors/service-error.js';
import { DeadlineError } from '../../../core/lifecycle/deadline.js';
import { startFailure } from '../../../core/recordings/failures.js';
import { asFailure, failureOf, lacksBandwidth } from '../../../core/streams/capture-failure.js';
import { readinessOf, statusOf } from '../../../core/views/stream-view.js';
import type { StreamView } from '../../../core/streams/stream-view.js';
import { PortError, type CaptureEnd } from '../../../ports/index.js';

describe('the failure of a capture', () => {
  it('that could not begin is that of one that ended', () => {
    expect(asFailure(new PortError('DEVICE_BUSY', { message: 'held' }))).to.deep.equal({
      ...{ reason: 'device_busy', message: 'held', tail: [] },
    });
    expect(asFailure(new PortError('MEDIA_SERVER_REJECTED')).reason).to.equal('publish_failed');
    expect(asFailure(new PortError('STORAGE_FULL')).reason).to.equal('failed');
    expect(asFailure(new Error('odd'))).to.include({ reason: 'failed', message: 'odd' });
    expect(asFailure('odd')).to.include({ reason: 'failed', message: 'odd' });
  });

  it('that ended is told to whoever waited for its frames', () => {
    const of = (reason: CaptureEnd['reason'], more: object = {}) =>
      failureOf({ reason, message: 'words', tail: [], ...more });
    expect(of('device_busy')).to.include({ code: 'DEVICE_BUSY', retryable: true });
    expect(of('device_busy').detail).to.deep.equal({});
    expect(of('device_busy', { holder: 'zoom' }).detail).to.deep.equal({ holder: 'zoom' });
    expect(of('device_gone')).to.include({ code: 'DEVICE_GONE', message: 'words' });
    expect(of('failed')).to.include({ code: 'NO_FRAME', message: 'words' });
    expect(of('no_bandwidth').message).to.match(/USB bandwidth/);
    expect(lacksBandwidth(of('no_bandwidth'))).to.equal(true);
    for (const other of [of('failed'), new PortError('DEVICE_UNSUPPORTED'), new Error('odd')])
      expect(lacksBandwidth(other)).to.equal(false);
  });
});

describe('a recording that did not start', () => {
  const told = (cause: unknown, words?: string) => startFailure(cause, 'camera0', words);

  it('says it in the words of whoever refused it', () => {
    const own = new ServiceError('INTERNAL', {});
    expect(told(own)).to.equal(own);
    expect(told(new PortError('DEVICE_BUSY')).data).to.deep.equal({ device: 'camera0' });
    expect(told(new TypeError('secret')).data).to.deep.equal({
      ...{ dependency: 'recording', detail: 'the recording could not start' },
    });
  });

  it('says how long it was waited, and for what', () => {
    const late = new DeadlineError(10_000);
    expect(told(late, 'no ffmpeg').data['detail']).to.equal(
      'nothing was recorded within 10000 ms: no ffmpeg',
    );
    expect(told(late).data['detail'])
      .to.match(/10000 ms.*: ./)
      .and.not.match(/undefined/);
  });
});

describe('a failure that a transport asks for', () => {
  const cases: readonly (readonly [string, string | undefined, string, object])[] = [
    ['PARSE_ERROR', undefined, 'PARSE_ERROR', {}],
    ['INVALID_REQUEST', 'no id', 'INVALID_REQUEST', { hint: 'no id' }],
    ['INVALID_PARAMS', undefined, 'INVALID_PARAMS', { param: 'params', rule: 'invalid', hint: '' }],
    ['INVALID_PARAMS', 'by name', 'INVALID_PARAMS', { param: 'params', rule: 'invalid', hint: 'by name' }],
    ['AUTH_REQUIRED', undefined, 'AUTH_REQUIRED', { reason: 'not_authenticated' }],
    ['AUTH_FAILED', 'bad', 'AUTH_FAILED', { reason: 'bad' }],
    ['INVALID_STATE', undefined, 'INVALID_STATE', { state: 'stopping', allowed_states: ['ready'] }],
    ['INVALID_STATE', 'starting', 'INVALID_STATE', { state: 'starting', allowed_states: ['ready'] }],
    ['STORAGE_FULL', 'x', 'INTERNAL', {}],
    ['toString', 'x', 'INTERNAL', {}],
  ];
  for (const [code, hint, answered, data] of cases) {
    it(`of ${code}${hint === undefined ? '' : ` with “${hint}”`} is complete`, async () => {
      const { endpoint } = await createRpcWorld();
      const failure = endpoint.failure(code, hint);
      expect(failure.data).to.include({ code: answered }).and.to.deep.include(data);
      expect(failure.data['request_id']).to.be.a('string');
    });
  }

  it('of a limit says when to come again', async () => {
    const { endpoint } = await createRpcWorld();
    expect(endpoint.failure('RATE_LIMITED').data['retry_after_ms']).to.be.greaterThan(0);
  });
});

describe('the state of a stream for clients', () => {
  it('is STARTING until frames can be had, and READY only then', () => {
    const view = (status: StreamView['status'], isReady: boolean) => ({ status, isReady }) as StreamView;
    expect(statusOf(view('ACTIVE', false))).to.equal('STARTING');
    expect(statusOf(view('ACTIVE', true))).to.equal('ACTIVE');
    expect(statusOf(view('ERROR', false))).to.equal('ERROR');
    expect(readinessOf(view('ACTIVE', true))).to.equal('READY');
    expect(readinessOf(view('ERROR', false))).to.equal('ERROR');
    expect(readinessOf(view('INACTIVE', false))).to.equal('NOT_READY');
  });
});
