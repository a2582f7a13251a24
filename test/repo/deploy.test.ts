import { expect } from 'chai';
import { NATIVE_PACKAGES } from '../../adapters/_shared/plain/native-packages.mjs';
import { read } from './support/tree.js';

/** For the log, and for a machine that is busy. */
const SPARE_SECONDS = 10;

describe('deployment files', () => {
  const told = /`service[.]stop_timeout_ms` [|] `(\d+)`/.exec(read('docs/reference/config.md'))?.[1];
  const budget = Number(told) / 1_000;

  it('wait for longer than the service may take to end', () => {
    const unit = /^TimeoutStopSec=(\d+)$/m.exec(read('config/deploy/camera-service.service'))?.[1];
    const container = /--stop-timeout (\d+)/.exec(read('config/deploy/Dockerfile'))?.[1];
    for (const seconds of [unit, container]) expect(Number(seconds)).to.be.at.least(budget + SPARE_SECONDS);
  });

  it('install the packages that USB cameras need', () => {
    const words = Object.values(NATIVE_PACKAGES).map(({ install }) => install.replace('npm install ', ''));
    for (const page of ['config/deploy/Dockerfile', 'docs/guides/run.md'])
      expect(words.filter((word) => !read(page).includes(word))).to.deep.equal([]);
  });
});
