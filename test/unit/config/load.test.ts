import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kindOf } from '../../../config/formats.js';
import { ConfigError, loadConfig, type Config, type ConfigSources } from '../../../config/load.js';
import { coreOptions } from '../../../config/options.js';
import { ADAPTER_SECTIONS, envName, SCHEMA, sectionOf, settings } from '../../../config/schema.js';

describe('configuration', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
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
    loadConfig({ env: {}, overrides: [], profileDirectory: folder, ...sources });
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
    for (const [key, setting] of settings()) {
      expect(config.get(key), key).to.deep.equal(setting.default);
      expect(kindOf(setting.format).admits(setting.default), key).to.equal(true);
    }
    expect(config.section('streams')).to.include({ poll_ms: 1_000 });
  });

  it('takes defaults, profile, file, environment and command line, each stronger than the one before', () => {
    file(
      'lab.yaml',
      'server:\n  port: 1\n  host: profile\nstreams:\n  poll_ms: 1\nhealth:\n  port: 1\nsnapshots:\n  timeout_ms: 1\n',
    );
    const own = file('own.yaml', 'server:\n  port: 2\nstreams:\n  poll_ms: 2\nhealth:\n  port: 2\n');
    const config = load({
      profile: 'lab',
      file: own,
      env: { CAMERA_SERVICE_SERVER_PORT: '3', CAMERA_SERVICE_STREAMS_POLL_MS: '3', CAMERA_SERVICE_NONE: 'x' },
      overrides: ['server.port=4'],
    });
    const keys = [
      'server.port',
      'streams.poll_ms',
      'health.port',
      'snapshots.timeout_ms',
      'recordings.watch_ms',
    ];
    expect(keys.map((key) => config.get(key))).to.deep.equal([4, 3, 2, 1, 500]);
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
        'mediamtx.mode=external',
        'streams.prewarm=',
      ],
    });
    expect(config.get('streams.prewarm')).to.deep.equal([]);
    expect(config.get('service.check_results')).to.equal(true);
    expect(config.get('cameras.assignments')).to.deep.equal([{ id: 'front', serial: 'A' }]);
    expect(config.get('service.node')).to.equal('a=b');
    expect(config.get('mediamtx.mode')).to.equal('external');
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
      'cameras.assignments (--set): is a list; must be a list of objects (as text: JSON)',
      'health.port (CAMERA_SERVICE_HEALTH_PORT): the text cannot be read; must be a port from 0 to 65535',
      `log.level (FILE): is empty; must be ${kindOf(settings().get('log.level')?.format).allowed}`,
      `mediamtx.mode (--set): the text cannot be read; must be ${kindOf(settings().get('mediamtx.mode')?.format).allowed}`,
      'nonsense.x (FILE): there is no such key',
      'server.host (FILE): is a number; must be text',
      'server.port (--set): is a number; must be a port from 0 to 65535',
      'server.prot (FILE): there is no such key; did you mean server.port?',
      'sever.port (--set): there is no such key; did you mean server.port?',
      'streams (FILE): there is no such key',
    ]);
  });

  it('says what is wrong with a file', () => {
    expect(faults({ file: join(folder, 'none.yaml') })[0]).to.match(/none\.yaml: ENOENT/);
    expect(faults({ file: file('list.yaml', '- a\n') })[0]).to.match(/must be a mapping of sections/);
    expect(faults({ file: file('torn.yaml', 'a: [') })[0]).to.match(/torn\.yaml: /);
    expect(faults({ profile: 'none' })[0]).to.match(/none: ENOENT/);
  });

  it('never shows a secret: not in a fault, not in the description', () => {
    const secrets = [...settings()].filter(([, setting]) => setting.sensitive === true).map(([key]) => key);
    expect(secrets).to.include('jwt.secret');
    for (const key of secrets) {
      const kind = kindOf(settings().get(key)?.format).allowed;
      const value = kind === 'text' ? 'hunter2-hunter2-hunter2-hunter2-hunter2' : undefined;
      if (value === undefined) continue;
      expect(load({ overrides: [`${key}=${value}`] }).describe(), key).to.not.include('hunter2');
      const [section = '', name = ''] = key.split('.');
      const bad = file('secret.yaml', `${section}:\n  ${name}: [hunter2]\n`);
      expect(faults({ file: bad }).join(), key)
        .to.match(/is a list/)
        .and.not.include('hunter2');
    }
  });

  it('has an environment variable of its own for each key', () => {
    const names = [...settings().keys()].map(envName);
    expect(new Set(names).size).to.equal(names.length);
    expect(envName('server.port')).to.equal('CAMERA_SERVICE_SERVER_PORT');
  });

  it('mounts every section', () => {
    for (const section of Object.values(ADAPTER_SECTIONS)) expect(Object.values(SCHEMA)).to.include(section);
    expect(sectionOf('MediaServer', 'mediamtx')).to.equal('mediamtx');
    expect(sectionOf('MediaServer', 'other')).to.equal(undefined);
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

describe('kinds of settings', () => {
  const cases: readonly (readonly [unknown, string, unknown])[] = [
    [Number, '1.5', 1.5],
    [Number, '', undefined],
    [Number, 'x', undefined],
    [Boolean, 'NO', false],
    [Boolean, 'maybe', undefined],
    ['int', '-3', -3],
    ['nat', '3.5', undefined],
    ['list', '{', undefined],
    [[1, 2], '2', 2],
  ];
  for (const [format, text, value] of cases) {
    it(`${kindOf(format).allowed}: "${text}" is ${String(value)}`, () => {
      expect(kindOf(format).parse(text)).to.equal(value);
    });
  }

  it('admit what they are', () => {
    const admits = (format: unknown, value: unknown): boolean => kindOf(format).admits(value);
    expect([admits('nat', -1), admits('int', -1), admits('port', 65_536), admits(Number, NaN)]).to.deep.equal(
      [false, true, false, false],
    );
    expect([
      admits(Array, ['a']),
      admits(Array, [1]),
      admits('list', [{}]),
      admits('list', [null]),
    ]).to.deep.equal([true, false, true, false]);
    expect(() => kindOf('colour')).to.throw(TypeError);
  });
});
