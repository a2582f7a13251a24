import { expect } from 'chai';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { addressGroup, addressRealm } from '../../../ports/address-group.js';
import { LoginThrottle } from '../../../core/auth/login-throttle.js';

const STALE = 'digest of a stale credential';
const HERE = '192.0.2.1';

describe('the login throttle', () => {
  const clock = createManualClock();
  const fail = (throttle: LoginThrottle, times: number, what: (turn: number) => string) =>
    Array.from({ length: times }, (_, turn) => throttle.failed(what(turn), HERE).pauseMs);

  it('lets a few failures go, then pauses, longer each time, and no longer than the longest', async () => {
    const throttle = new LoginThrottle(clock, { longestPauseMs: 4_000 });
    expect(fail(throttle, 6, () => STALE)).to.deep.equal([0, 0, 0, 0, 0, 0]);
    for (const pauseMs of [1_000, 2_000, 4_000, 4_000]) {
      expect(throttle.failed(STALE, HERE)).to.deep.equal({ pauseMs, delayMs: 500 });
      await clock.advance(pauseMs);
      expect(throttle.failed(STALE, HERE), 'counted').to.deep.equal({ pauseMs: 0, delayMs: 0 });
    }
  });

  it('lets a stale client slow down nobody but itself', () => {
    const throttle = new LoginThrottle(clock);
    expect(fail(throttle, 50, () => STALE).at(-1)).to.be.above(0);
    expect(throttle.failed('somebody who mistyped', HERE)).to.deep.include({ pauseMs: 0 });
    expect(throttle.failed(STALE, '192.0.2.2')).to.deep.include({ pauseMs: 0 });
  });

  it('takes different credentials from one address for guesses, also from one IPv6 network', () => {
    const throttle = new LoginThrottle(clock);
    expect(fail(throttle, 20, (turn) => `guess ${String(turn)}`).at(-1)).to.be.above(0);
    const other = new LoginThrottle(clock);
    for (let host = 1; host <= 20; host += 1)
      other.failed(`guess ${String(host)}`, `2001:db8::${host.toString(16)}`);
    expect(other.failed('one more', '2001:db8:0:0:ffff::1').pauseMs).to.be.above(0);
    expect(other.failed('one more', '2001:db8:0:1::1').pauseMs).to.equal(0);
  });

  it('lets a client without an IP address slow down itself, and a crowd of them each other', () => {
    const throttle = new LoginThrottle(clock);
    const guess = (turn: number, client: string) =>
      throttle.failed(`guess ${String(turn)}`, `unix:${client}`);
    for (let turn = 0; turn < 20; turn += 1) guess(turn, 'uid=1000');
    expect(guess(20, 'uid=1000').pauseMs, 'one client').to.be.above(0);
    expect(guess(21, 'uid=1001').pauseMs, 'another one').to.equal(0);
    for (let turn = 100; turn < 200; turn += 1) guess(turn, `session=${String(turn)}`);
    expect(guess(200, 'session=200').pauseMs, 'a new one for each guess').to.be.above(0);
    expect(throttle.failed('guess 201', 'broker:user=7').pauseMs, 'of another transport').to.equal(0);
    expect(throttle.failed('guess 202', HERE).pauseMs, 'on the network').to.equal(0);
  });

  it('forgets failures of long ago', async () => {
    const throttle = new LoginThrottle(clock);
    fail(throttle, 6, () => STALE);
    await clock.advance(100_000);
    expect(fail(throttle, 6, () => STALE)).to.deep.equal([0, 0, 0, 0, 0, 0]);
  });

  it('keeps refusals back when failures come from everywhere at once', () => {
    const throttle = new LoginThrottle(clock, { failuresPerSecond: 10 });
    const delays = Array.from(
      { length: 20 },
      (_, n) => throttle.failed(`guess ${n}`, `192.0.3.${n}`).delayMs,
    );
    expect(delays.slice(0, 10)).to.deep.equal(Array(10).fill(0));
    expect(delays.slice(10)).to.deep.equal(Array(10).fill(500));
  });
});

describe('what counts as one address', () => {
  for (const [address, group] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4::/64'],
    ['::', '0:0:0:0::/64'],
  ] as const)
    it(`${address} is ${group}`, () => {
      expect(addressGroup(address)).to.equal(group);
      expect(addressRealm(address), 'it is an IP address').to.equal(undefined);
    });

  for (const [address, realm] of [
    ['memory', 'memory'],
    ['unix:uid=1000', 'unix'],
    ['mqtt:client:a:b:c:d:1', 'mqtt'],
    ['mqtt:client:a:b:c:d:2%x', 'mqtt'],
    ['cafe:1:2:3:4', 'cafe'],
    ['a:b:c:d:e:f:a:b:c', 'a'],
    ['1::2::3', '1'],
    ['1:2:3:4:5:6:7::8', '1'],
    ['12345::', '12345'],
    ['bus::5', 'bus'],
  ] as const)
    it(`${address} is itself, a client of ${realm}`, () => {
      expect(addressGroup(address)).to.equal(address);
      expect(addressRealm(address)).to.equal(realm);
    });
});
