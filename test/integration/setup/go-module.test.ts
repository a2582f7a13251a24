import { expect } from 'chai';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createWorld, type InstallerWorld } from './installer-world.js';

const SUM = 'h1:a-sum-of-the-test=';

describe('MediaMTX from the Go module', () => {
  let world: InstallerWorld;
  beforeEach(async () => {
    world = await createWorld();
    plantModule(world, '1.7.0');
    plantHls(world, '1.7.0');
  });
  afterEach(() => world.dispose());

  it('builds the module with the two generated files in it', async () => {
    plantGo(world, { sum: SUM });
    const found = await world.install(SUM);
    expect(found).to.deep.include({ origin: 'go-module', version: 'v1.20.1', path: world.cached });
    const calls = readFileSync(path.join(world.folder, 'go-calls'), 'utf8');
    expect(calls).to.contain('mod download -json github.com/bluenviron/mediamtx@v1.20.1');
    expect(calls).to.match(/CGO_ENABLED=0 build .*-trimpath .*-ldflags -s -w/);
    expect(readFileSync(path.join(world.folder, 'seen-version'), 'utf8')).to.equal('v1.20.1');
    expect(readFileSync(path.join(world.folder, 'seen-hls'), 'utf8')).to.equal('player 1.7.0');
    expect(world.leftovers()).to.deep.equal([]);
  });

  const failures: [string, (world: InstallerWorld) => void, RegExp][] = [
    [
      'a module with another checksum',
      (w) => plantGo(w, { sum: 'h1:another=' }),
      /checksum of the Go module/,
    ],
    [
      'an old toolchain',
      (w) => plantGo(w, { sum: SUM, version: 'go1.25.3' }),
      /Go 1\.25 is older than 1\.26/,
    ],
    ['no toolchain', () => undefined, /no Go toolchain/],
    [
      'a build that fails',
      (w) => plantGo(w, { sum: SUM, failsAt: 'build' }),
      /the build failed: planted failure/,
    ],
    [
      'modules that cannot be fetched',
      (w) => plantGo(w, { sum: SUM, failsAt: 'list' }),
      /cannot be downloaded/,
    ],
    [
      'another hls.js than the module wants',
      (w) => {
        plantGo(w, { sum: SUM });
        plantHls(w, '1.6.0');
      },
      /embeds hls\.js v1\.7\.0, installed is 1\.6\.0/,
    ],
  ];
  for (const [what, plant, words] of failures) {
    it(`refuses ${what} and leaves nothing behind`, async () => {
      plant(world);
      const error = await world.install(SUM).catch((reason: unknown) => reason);
      expect(error).to.be.an('error');
      expect(world.notes.at(-1)).to.match(words);
      expect(existsSync(world.cached)).to.equal(false);
      expect(world.leftovers()).to.deep.equal([]);
    });
  }
});

/** As in Go's module cache: nothing may be written. */
function plantModule(world: InstallerWorld, hls: string): void {
  const module = path.join(world.folder, 'module');
  const downloader = path.join(module, 'internal/servers/hls/hlsjsdownloader');
  mkdirSync(downloader, { recursive: true });
  mkdirSync(path.join(module, 'internal/core'));
  writeFileSync(path.join(downloader, 'VERSION'), `v${hls}\n`, { mode: 0o444 });
  chmodSync(downloader, 0o555);
}

function plantHls(world: InstallerWorld, version: string): void {
  mkdirSync(path.join(world.folder, 'hls.js/dist'), { recursive: true });
  writeFileSync(path.join(world.folder, 'hls.js/package.json'), JSON.stringify({ version }));
  writeFileSync(path.join(world.folder, 'hls.js/dist/hls.min.js'), `player ${version}`);
}

function plantGo(
  world: InstallerWorld,
  { sum, version = 'go1.26.8', failsAt = '' }: { sum: string; version?: string; failsAt?: string },
): void {
  const file = path.join(world.folder, 'bin/go');
  const script = `#!/bin/sh
echo "CGO_ENABLED=$CGO_ENABLED $*" >> ${world.folder}/go-calls
[ "$1" = "${failsAt}" ] && { echo "planted failure" >&2; exit 1; }
case "$1" in
  version) echo "go version ${version} linux/amd64" ;;
  mod) echo '{"Dir": "${world.folder}/module", "Sum": "${sum}"}' ;;
  list) echo one; echo two ;;
  build)
    cp internal/core/VERSION ${world.folder}/seen-version
    cp internal/servers/hls/hls.min.js ${world.folder}/seen-hls
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v1.20.1\\n' > "$2" ;;
esac
`;
  writeFileSync(file, script);
  chmodSync(file, 0o755);
}
