/** What a capture says of the ffmpeg of a machine, with programs that answer as those of distributions do. */
import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { troubleWithFfmpeg } from '../../../adapters/capture/ffmpeg/ffmpeg-check.js';
import { tempDir } from '../../worlds/media.js';

const X264 = 'configuration: --enable-gpl --enable-libx264';

describe('the ffmpeg of a machine', () => {
  let folder: Awaited<ReturnType<typeof tempDir>>;
  const { signal } = new AbortController();
  before(async () => (folder = await tempDir()));
  after(async () => await folder.remove());

  const program = (lines: readonly string[]): string => {
    const path = join(folder.path, 'ffmpeg');
    writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${lines.join('\n')}\nEND\n`, { mode: 0o755 });
    return path;
  };
  const cases: readonly (readonly [what: string, lines: readonly string[], trouble: RegExp | undefined])[] = [
    [
      'of Ubuntu 20.04 is too old',
      ['ffmpeg version 4.2.7-0ubuntu0.1 Copyright', X264],
      /4\.2\.7.*older than 4\.3/,
    ],
    [
      'of Debian 10 is too old',
      ['ffmpeg version 4.1.11-0+deb10u1 Copyright', X264],
      /older than 4\.3; install/,
    ],
    ['of Debian 11 will do', ['ffmpeg version 4.3.6-0+deb11u1 Copyright', X264], undefined],
    ['of Ubuntu 22.04 will do', ['ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright', X264], undefined],
    ['built from git will do', ['ffmpeg version N-113000-gabcdef Copyright', X264], undefined],
    ['without libx264 cannot encode', ['ffmpeg version 7.1 Copyright', '--enable-gpl'], /no libx264/],
    ['that is another program is none', ['avconv version 12'], /cannot be used as ffmpeg/],
  ];
  for (const [what, lines, trouble] of cases) {
    it(what, async () => {
      const told = await troubleWithFfmpeg(program(lines), folder.path, signal);
      if (trouble === undefined) expect(told).to.equal(undefined);
      else expect(told).to.match(trouble);
    });
  }

  it('that is not there is told of, with what to do', async () => {
    const told = await troubleWithFfmpeg(join(folder.path, 'none'), folder.path, signal);
    expect(told).to.match(/none cannot be used as ffmpeg; install ffmpeg 4\.3 or newer/);
  });

  it('that does not answer is given up with the question', async () => {
    const path = join(folder.path, 'hangs');
    writeFileSync(path, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const gone = new AbortController();
    const asked = troubleWithFfmpeg(path, folder.path, gone.signal);
    setTimeout(() => gone.abort(new Error('given up')), 200);
    expect(await asked.catch((error: Error) => error.message)).to.equal('given up');
  });
});
