import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hostOfBuiltIn } from '../../../config/catalogue.js';
import { ConfigError, loadConfig, type Config } from '../../../config/load.js';
import { coreOptions } from '../../../config/options.js';
import type { ConfigSources } from '../../../config/sources.js';
import { envName, sectionsWith, settingsOf, type Setting } from '../../../config/schema.js';
import { parseText, wordsOf } from '../../../core/validation/option-words.js';
import type { AdapterRegistry } from '../../../plugins/host/adapter-registry.js';
import type { OptionSchema } from '../../../ports/index.js';

describe('configuration', () => {
  let folder: string;
  let adapters: AdapterRegistry;
  let settings: ReadonlyMap<string, Setting>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
    ({ adapters } = await hostOfBuiltIn(new AbortController().signal));
    settings = settingsOf(sectionsWith(adapters));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const load = (sources: Partial<ConfigSources> = {}): Config =>
    loadConfig({ env: {}, overrides: [], profileDirectory: folder, ...sources }, adapters);
  const faults = (sources: Partial<ConfigSources>): readonly string[] => {
    try {
      load(sources);
    } catch (cause) {
      if (cause instanceof ConfigError) return cause.faults;
    }
    return [];
  };

  it('has every default without a source, all of the right kind', () => {
    const config = load();
    for (const [key, { schema }] of settings) expect(config.get(key), key).to.deep.equal(schema.default);
    expect(config.section('streams')).to.include({ poll_ms: 1_000 });
  });

  it('takes defaults, profile, file, environment and command line, each stronger than the one before', () => {
    file(
      'lab.yaml',
      'server:\n  port: 1\n  host: profile\nstreams:\n  poll_ms: 11\nhealth:\n  port: 1\nsnapshots:\n  timeout_ms: 1\n',
    );
    const own = file('own.yaml', 'server:\n  port: 2\nstreams:\n  poll_ms: 12\nhealth:\n  port: 2\n');
    const config = load({
      profile: 'lab',
      file: own,
      env: { CAMERA_SERVICE_SERVER_PORT: '3', CAMERA_SERVICE_STREAMS_POLL_MS: '13' },
      overrides: ['server.port=4'],
    });
    const keys = [
      'server.port',
      'streams.poll_ms',
      'health.port',
      'snapshots.timeout_ms',
      'recordings.watch_ms',
    ];
    expect(keys.map((key) => config.get(key))).to.deep.equal([4, 13, 2, 1, 500]);
  });

  it('takes a profile by its path, and an empty file for nothing', () => {
    const own = file('mine.yml', 'server:\n  port: 7\n');
    expect(load({ profile: own, file: file('empty.yaml', '') }).get('server.port')).to.equal(7);
  });

  it('reads text as the kind of the key', () => {
    const config = load({
      overrides: [
        'streams.prewarm=camera0, camera1,',
        'service.check_results=yes',
        'cameras.assignments=[{"id": "front", "serial": "A"}]',
        'service.node=a=b',
        'mediamtx.hls_variant=fmp4',
        'streams.prewarm=',
      ],
    });
    expect(config.get('streams.prewarm')).to.deep.equal([]);
    expect(config.get('service.check_results')).to.equal(true);
    expect(config.get('cameras.assignments')).to.deep.equal([{ id: 'front', serial: 'A' }]);
    expect(config.get('service.node')).to.equal('a=b');
    expect(config.get('mediamtx.hls_variant')).to.equal('fmp4');
  });

  it('names everything that is wrong at once, and where it stands', () => {
    const own = file(
      'bad.yaml',
      'server:\n  prot: 1\n  host: 5\nstreams: fast\nnonsense:\n  x: 1\nlog:\n  level:\n',
    );
    const found = faults({
      file: own,
      env: { CAMERA_SERVICE_HEALTH_PORT: 'many' },
      overrides: [
        'server.port=70000',
        'recordings',
        'sever.port=1',
        'mediamtx.mode=maybe',
        'cameras.assignments=[1]',
      ],
    });
    expect(found.map((fault) => fault.replaceAll(own, 'FILE')).sort()).to.deep.equal([
      '--set recordings: must be key=value',
      'cameras.assignments[0] (--set): is a number; must be an id and at least one of usb, serial, port, interface',
      'health.port (CAMERA_SERVICE_HEALTH_PORT): the value cannot be parsed; must be a port from 0 to 65535',
      'log.level (FILE, line 8): is empty; must be one of debug, info, warn, error',
      'mediamtx.mode (--set): is invalid; must be one of managed, external',
      'nonsense (FILE, line 5): there is no such section',
      'server.host (FILE, line 3): is a number (write it in quotes); must be text, not empty',
      'server.port (--set): is invalid; must be a port from 0 to 65535',
      'server.prot (FILE, line 2): there is no such key; did you mean server.port?',
      'sever.port (--set): there is no such key; did you mean server.port?',
      'streams (FILE, line 4): is text; must be a mapping of options',
    ]);
  });

  it('says what is wrong with a file', () => {
    expect(faults({ file: join(folder, 'none.yaml') })[0]).to.match(/none\.yaml: ENOENT/);
    expect(faults({ file: file('list.yaml', '- a\n') })[0]).to.match(/must be a mapping of sections/);
    expect(faults({ file: file('torn.yaml', 'a: [') })[0]).to.match(/torn\.yaml, line 1: /);
    expect(faults({ profile: 'none' })[0]).to.match(/none: ENOENT/);
  });

  it('never shows a secret: not in a fault, not in the description', () => {
    const secrets = [...settings.values()].filter(({ schema }) => schema.writeOnly === true);
    expect(secrets.map(({ key }) => key)).to.include.members(['jwt.secret', 'mediamtx.password']);
    for (const { key, section, option } of secrets) {
      const value = 'hunter2-hunter2-hunter2-hunter2-hunter2';
      expect(load({ overrides: [`${key}=${value}`] }).describe(), key).to.not.include('hunter2');
      const bad = file('secret.yaml', `${section.name}:\n  ${option}: [hunter2]\n`);
      expect(faults({ file: bad }).join(), key)
        .to.match(/is a list/)
        .and.not.include('hunter2');
    }
  });

  it('has an environment variable of its own for each key', () => {
    const names = [...settings.keys()].map(envName);
    expect(new Set(names).size).to.equal(names.length);
    expect(envName('server.port')).to.equal('CAMERA_SERVICE_SERVER_PORT');
  });

  it('gives core its options', () => {
    const options = coreOptions(
      load({
        overrides: ['streams.poll_ms=77', 'cameras.width=640', 'cameras.height=480', 'service.node=n1'],
      }),
    );
    expect(options.streams.pollMs).to.equal(77);
    expect(options.cameras.wish.size).to.deep.equal({ width: 640, height: 480 });
    expect(options.cameras.wish).to.not.have.property('fps');
    expect(options.cameras.wish.encodePixelsPerSecond).to.equal(availableParallelism() * 30_000_000);
    expect(options.node).to.equal('n1');
    expect(Object.values(options).every((value) => value !== undefined)).to.equal(true);
  });
});

describe('options as text', () => {
  const cases: readonly (readonly [OptionSchema, string, unknown])[] = [
    [{ type: 'number' }, '1.5', 1.5],
    [{ type: 'number' }, '', undefined],
    [{ type: 'number' }, 'x', undefined],
    [{ type: 'boolean' }, 'NO', false],
    [{ type: 'boolean' }, 'on', true],
    [{ type: 'boolean' }, 'maybe', undefined],
    [{ type: 'integer' }, '-3', -3],
    [{ type: 'integer' }, '3.5', undefined],
    [{ type: 'integer' }, '0x10', undefined],
    [{ type: 'integer' }, '9'.repeat(400), undefined],
    [{ type: 'array', items: { type: 'object' } }, '{', undefined],
    [{ type: 'array', items: { type: 'integer' } }, '1, 2,', [1, 2]],
    [{ type: 'array', items: { type: 'integer' } }, '1, b', undefined],
    [{ type: 'array', items: { type: 'string' } }, '["a,b"]', ['a,b']],
  ];
  for (const [schema, text, value] of cases) {
    it(`${wordsOf(schema)}: "${text.slice(0, 20)}" is ${JSON.stringify(value)}`, () => {
      expect(parseText(schema, text)).to.deep.equal(value);
    });
  }
});
