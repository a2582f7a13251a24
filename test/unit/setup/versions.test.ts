import { expect } from 'chai';
import { judgeVersion, parseVersion } from '../../../adapters/_shared/plain/mediamtx-version.mjs';
import { archiveName, checksumFor, releaseBase } from '../../../config/setup/mediamtx/release.mjs';

describe('MediaMTX versions', () => {
  it('compares by number, not by text; a pre-release is older than its release', () => {
    for (const old of ['v1.9.0', 'v1.15.5', 'v0.99.99', '0.23.1', 'v1.15.6-rc1'])
      expect(judgeVersion(old), old).to.deep.include({ use: 'no' });
    for (const other of ['v1.15.6', 'v1.100.0', 'v2.0.0', 'v1.20.1-rc1'])
      expect(judgeVersion(other), other).to.deep.include({ use: 'with-warning' });
  });

  it('warns of a server that was built without a version', () => {
    for (const text of ['dev', '(devel)', '']) expect(judgeVersion(text).use, text).to.equal('with-warning');
  });

  it('reads what --version prints and nothing else', () => {
    expect(parseVersion('v1.20.1\n')).to.equal('v1.20.1');
    expect(parseVersion('1.15.6')).to.equal('v1.15.6');
    expect(parseVersion('usage: mediamtx')).to.equal(undefined);
    expect(parseVersion('')).to.equal(undefined);
  });

  it('uses the pinned one, warns of others, refuses the old', () => {
    expect(judgeVersion('v1.20.1')).to.deep.equal({ use: 'yes' });
    expect(judgeVersion('v1.15.6').use).to.equal('with-warning');
    expect(judgeVersion('v1.21.0').use).to.equal('with-warning');
    expect(judgeVersion('v1.15.5')).to.deep.include({ use: 'no' });
    expect(judgeVersion('v1.15.6-rc1').use).to.equal('no');
  });
});

describe('MediaMTX release', () => {
  it('names the archive of each platform', () => {
    expect(archiveName('x64', '')).to.equal('mediamtx_v1.20.1_linux_amd64.tar.gz');
    expect(archiveName('arm64', '8')).to.equal('mediamtx_v1.20.1_linux_arm64.tar.gz');
    expect(archiveName('arm', '7')).to.equal('mediamtx_v1.20.1_linux_armv7.tar.gz');
    expect(archiveName('arm', '6')).to.equal('mediamtx_v1.20.1_linux_armv6.tar.gz');
    expect(archiveName('riscv64', '')).to.equal(undefined);
  });

  it('finds a checksum by the whole name', () => {
    const sum = 'a'.repeat(64);
    expect(checksumFor(`${sum}  x.tar.gz\n`, 'x.tar.gz')).to.equal(sum);
    expect(checksumFor(`${sum} *x.tar.gz`, 'x.tar.gz')).to.equal(sum);
    expect(checksumFor(`${sum}  other-x.tar.gz`, 'x.tar.gz')).to.equal(undefined);
    expect(checksumFor('short  x.tar.gz', 'x.tar.gz')).to.equal(undefined);
  });

  it('takes its base from configuration', () => {
    expect(releaseBase({ CAMERA_SERVICE_MEDIAMTX_RELEASE_BASE: 'http://127.0.0.1:9/x/' })).to.equal(
      'http://127.0.0.1:9/x',
    );
    expect(releaseBase({})).to.match(/^https:/);
  });
});
