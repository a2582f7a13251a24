import { expect } from 'chai';
import { ensureSystemParts, familyOf, remedyFor } from '../../../config/setup/system-packages.mjs';
import { holdsAll } from '../../../config/setup/modules.mjs';
import { createProgress, seconds } from '../../../config/setup/progress.mjs';

describe('set-up: system packages', () => {
  const cases = [
    ['ID=debian\nVERSION_ID="12"\n', 'apt'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'apt'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'dnf'],
    ['ID=alpine\n', 'apk'],
    ['ID=endeavouros\nID_LIKE=arch\n', 'pacman'],
    ['ID=plan9\n', 'other'],
  ] as const;
  for (const [text, family] of cases) {
    it(`knows ${family} from ${JSON.stringify(text)}`, () => expect(familyOf(text)).to.equal(family));
  }

  it('gives one command to type', () => {
    expect(remedyFor('apt', ['ffmpeg', 'fonts'])).to.equal(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends ffmpeg fonts-dejavu-core',
    );
    expect(remedyFor('apk', ['ffmpeg'])).to.equal('sudo apk add ffmpeg');
    expect(remedyFor('dnf', ['ffmpeg'])).to.equal('sudo dnf install -y ffmpeg');
    expect(remedyFor('pacman', ['ffmpeg'])).to.match(/^sudo pacman .* ffmpeg$/);
    expect(remedyFor('apt', ['qemu', 'busybox', 'cpio', 'kmod', 'xz'])).to.match(
      / qemu-system-x86 busybox-static cpio kmod xz-utils$/,
    );
  });

  it('says what is missing and how to get it where it may not install', async () => {
    const env = { PATH: '/no/such/folder' };
    const tries = [
      { parts: ['qemu', 'busybox'] as const, family: 'dnf' as const, isRoot: true },
      { parts: ['cpio'] as const, family: 'apt' as const, isRoot: false },
    ];
    const words = tries.map((each) => ensureSystemParts({ ...each, env }).catch((e: unknown) => String(e)));
    expect(await Promise.all(words)).to.deep.equal([
      'Error: missing: qemu, busybox. Type: sudo dnf install -y qemu-system-x86-core busybox',
      'Error: missing: cpio. Type: sudo apt-get update && sudo apt-get install -y --no-install-recommends cpio',
    ]);
  });
});

describe('set-up: node modules', () => {
  const locked = { '': { version: '1.0.0' }, 'node_modules/a': { version: '1.2.3' } };

  it('accepts modules that hold every locked package', () => {
    expect(holdsAll(locked, { 'node_modules/a': { version: '1.2.3' }, 'node_modules/b': {} })).to.equal(true);
  });

  it('refuses another version or a missing package, but not a missing optional one', () => {
    expect(holdsAll(locked, { 'node_modules/a': { version: '1.2.4' } })).to.equal(false);
    expect(holdsAll(locked, {})).to.equal(false);
    expect(holdsAll({ 'node_modules/a': { version: '1.2.3', optional: true } }, {})).to.equal(true);
  });
});

describe('set-up: progress', () => {
  function shown(isTTY: boolean) {
    const lines: string[] = [];
    let now = 0;
    const out = { isTTY, write: (text: string) => lines.push(text) };
    return {
      lines,
      progress: createProgress({ total: 2, out, now: () => now }),
      pass: (ms: number) => (now += ms),
    };
  }

  it('prints one line per step with its time', async () => {
    const { lines, progress, pass } = shown(false);
    await progress.step(
      'Service',
      async () => pass(1500),
      () => 'built',
    );
    expect(lines).to.deep.equal(['[1/2] Service: built (1.5 s)\n']);
  });

  it('tells a log every few seconds only, and at once when the stage changes', async () => {
    const { lines, progress, pass } = shown(false);
    await progress.step(
      'MediaMTX',
      async (say) => {
        for (const percent of [1, 2, 3]) say(`downloading, ${percent} %`);
        pass(5_000);
        say('downloading, 50 %');
        say('unpacking');
      },
      () => 'v1.20.1',
    );
    expect(lines.map((line) => line.slice(16).trim())).to.deep.equal([
      'downloading, 1 % (0.0 s)',
      'downloading, 50 % (5.0 s)',
      'unpacking (5.0 s)',
      'v1.20.1 (5.0 s)',
    ]);
  });

  it('says that a step failed and passes the error on', async () => {
    const { lines, progress } = shown(true);
    const failing = progress.step('Service', () => Promise.reject(new Error('broken')), String);
    const error = await failing.catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('message', 'broken');
    expect(lines.join('')).to.contain('[1/2] Service: failed after 0.0 s');
  });

  it('writes minutes when there are some', () => expect(seconds(118_400)).to.equal('1 min 58 s'));
});
