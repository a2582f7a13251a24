import { expect } from 'chai';
import { serviceSection } from '../../config/sections/service.js';
import { read } from './support/tree.js';

/** For the log, and for a machine that is busy. */
const SPARE_SECONDS = 10;

describe('deployment files', () => {
  const budget = serviceSection.stop_timeout_ms.default / 1_000;

  it('wait for longer than the service may take to end', () => {
    const unit = /^TimeoutStopSec=(\d+)$/m.exec(read('config/deploy/camera-service.service'))?.[1];
    const container = /--stop-timeout (\d+)/.exec(read('config/deploy/Dockerfile'))?.[1];
    for (const seconds of [unit, container]) expect(Number(seconds)).to.be.at.least(budget + SPARE_SECONDS);
  });
});
