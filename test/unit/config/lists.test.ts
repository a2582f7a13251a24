/** Lists of the configuration: every item is checked, and its place is told. */
import { expect } from 'chai';
import fc from 'fast-check';
import { conflictsOf } from '../../../core/cameras/assignment-conflicts.js';
import { identify, type AssignmentRule } from '../../../core/cameras/identity.js';
import { faultsIn } from '../../../core/validation/json-schema.js';
import { CAMERA_NAME, isCameraName, type IdentityHints, type OptionSchema } from '../../../ports/index.js';
import { sectionsWith, settingsOf } from '../../../config/schema.js';
import { ConfigWorld } from './config-world.js';

describe('lists of the configuration', () => {
  let world: ConfigWorld;
  before(async () => {
    world = await ConfigWorld.open();
  });
  after(() => {
    world.close();
  });

  const rules = (...items: readonly string[]): string =>
    `cameras:\n  assignments:\n${items.map((item) => `    - ${item}`).join('\n')}\n`;

  const NAME = CAMERA_NAME.rule;
  const RULE = 'must be an id and at least one of usb, serial, port, interface';
  const cases: readonly (readonly [what: string, text: string, ...faults: string[]])[] = [
    ['a good one', rules('{id: front.door, usb: "F055:ca01"}', '{id: yard, serial: "0012"}')],
    [
      'names that only some adapters could take',
      rules('{id: Haustür, usb: "f055:ca01"}', '{id: a/b, port: x}', '{id: all, serial: x}'),
      `cameras.assignments[0].id (FILE, line 3): is invalid; must be ${NAME}`,
      `cameras.assignments[1].id (FILE, line 4): is invalid; must be ${NAME}`,
      `cameras.assignments[2].id (FILE, line 5): is invalid; must be ${NAME}`,
    ],
    [
      'a rule without an id',
      rules('{usb: "f055:ca01"}'),
      `cameras.assignments[0].id (FILE, line 3): is missing; must be ${NAME}`,
    ],
    [
      'a rule without a condition, which would match every camera',
      rules('{id: yard}', '{}', '{id: a, usb: }'),
      `cameras.assignments[0] (FILE, line 3): is invalid; ${RULE}`,
      `cameras.assignments[1].id (FILE, line 4): is missing; must be ${NAME}`,
      'cameras.assignments[2].usb (FILE, line 5): is empty; must be vendor:product, four hexadecimal digits each, such as 046d:0825',
    ],
    [
      'a misspelt condition, which would match every camera',
      rules('{id: yard, ubs: "f055:ca01"}'),
      'cameras.assignments[0].ubs (FILE, line 3): there is no such key; did you mean usb?',
    ],
    [
      'wrong types',
      rules('{id: 5, serial: 12}', 'yard', '[a]', 'null', '{id: {}, usb: 4321:4321}'),
      `cameras.assignments[0].id (FILE, line 3): is a number (write it in quotes); must be ${NAME}`,
      'cameras.assignments[0].serial (FILE, line 3): is a number (write it in quotes); must be text of 1 to 200 characters',
      `cameras.assignments[1] (FILE, line 4): is text; ${RULE}`,
      `cameras.assignments[2] (FILE, line 5): is a list; ${RULE}`,
      `cameras.assignments[3] (FILE, line 6): is empty; ${RULE}`,
      `cameras.assignments[4].id (FILE, line 7): is a mapping; must be ${NAME}`,
    ],
    [
      'two rules for one name',
      rules('{id: yard, serial: a}', '{id: yard, serial: b}'),
      'cameras.assignments[1].id (FILE, line 4): is already in an earlier item',
    ],
    [
      'one device in two rules',
      rules('{id: a, usb: "f055:ca01"}', '{id: b, usb: "F055:CA01"}'),
      'cameras.assignments[1] (FILE, line 4): cameras.assignments[0] already matches every camera that it matches; distinguish them by serial, port or interface',
    ],
    [
      'twins told apart by their ports',
      rules('{id: a, usb: "f055:ca01", port: "1"}', '{id: b, usb: "f055:ca01", port: "2"}'),
    ],
    [
      'no list at all',
      'cameras: {assignments: {id: a, serial: b}}',
      `cameras.assignments (FILE, line 1): is a mapping; must be a list of objects: an id and at least one of usb, serial, port, interface (as text: JSON)`,
    ],
    [
      'cameras to keep warm',
      'streams: {prewarm: ["*", camera0, "a b", 5, camera0]}',
      `streams.prewarm[2] (FILE, line 1): is invalid; must be *, or the name of a camera: ${NAME}`,
      `streams.prewarm[3] (FILE, line 1): is a number (write it in quotes); must be *, or the name of a camera: ${NAME}`,
      'streams.prewarm[4] (FILE, line 1): is already in an earlier item',
    ],
    [
      'test-pattern cameras',
      'synthetic:\n  cameras:\n    - {name: a, width: 161, height: 480, fps: 5, fsp: 1}\n    - {nmae: b, width: 320, height: "240", fps: 99}\n',
      'synthetic.cameras[0].fsp (FILE, line 3): there is no such key; did you mean fps?',
      'synthetic.cameras[1].fps (FILE, line 4): is invalid; must be a whole number from 1 to 60',
      'synthetic.cameras[1].height (FILE, line 4): is text (write it without quotes); must be a whole number from 120 to 2160',
      'synthetic.cameras[1].name (FILE, line 4): is missing; must be text of 1 to 64 characters',
      'synthetic.cameras[1].nmae (FILE, line 4): there is no such key; did you mean name?',
    ],
    [
      'adapters that nobody offers, and twice the same',
      'adapters: {transport: [ws-jsonrpc, nope, ws-jsonrpc, Ws], media_server: vlc}',
      'adapters.media_server (FILE, line 1): there is no MediaServer adapter called "vlc"; available: mediamtx, memory',
      'adapters.transport[1] (FILE, line 1): there is no Transport adapter called "nope"; available: http-files, http-health, memory, ws-jsonrpc',
      'adapters.transport[2] (FILE, line 1): is already in an earlier item',
      'adapters.transport[3] (FILE, line 1): is invalid; must be the name of an adapter: lower-case words with hyphens',
      'adapters.transport[3] (FILE, line 1): there is no Transport adapter called "Ws"; available: http-files, http-health, memory, ws-jsonrpc',
    ],
    [
      'origins and transports',
      'server: {allowed_origins: ["https://a.example:8443", "*", a.example, "https://b.example/path"]}\nmediamtx: {rtsp_transports: [udp, quic]}',
      'mediamtx.rtsp_transports[1] (FILE, line 2): is invalid; must be one of tcp, udp',
      'server.allowed_origins[2] (FILE, line 1): is invalid; must be "*", or an origin such as https://console.example:8443, without a path',
      'server.allowed_origins[3] (FILE, line 1): is invalid; must be "*", or an origin such as https://console.example:8443, without a path',
    ],
    [
      'options that are wrong together, of the adapter that is chosen',
      'mediamtx: {mode: external, rtsp_port: 8888}\nsynthetic: {cameras: [{name: a, width: 161, height: 480, fps: 5}]}\nadapters: {device_event_source: [synthetic]}',
      'mediamtx.hls_port: must differ from the other TCP ports',
      'mediamtx.url: must be an http or https URL',
      'synthetic.cameras[0].width: must be even',
    ],
    [
      'the same options while another adapter is chosen',
      'mediamtx: {mode: external, rtsp_port: 8888}\nadapters: {media_server: memory}',
    ],
    [
      'one folder for two purposes',
      'paths: {base: /srv, recordings: media, snapshots: /srv/x/../media}',
      'paths.snapshots: is the same folder as paths.recordings; must be a different folder',
    ],
    [
      'numbers that would stop the service from working',
      'streams: {poll_ms: 0, idle_timeout_ms: 99999999999}\nrpc: {in_flight: 0, ticket_seconds: -1}',
      'rpc.in_flight (FILE, line 2): is invalid; must be a whole number, 1 or more',
      'rpc.ticket_seconds (FILE, line 2): is invalid; must be a whole number from 1 to 31622400',
      'streams.idle_timeout_ms (FILE, line 1): is invalid; must be a whole number from 0 to 2147483647',
      'streams.poll_ms (FILE, line 1): is invalid; must be a whole number from 10 to 2147483647',
    ],
  ];
  for (const [what, text, ...expected] of cases) {
    it(`${expected.length === 0 ? 'take' : 'tell of'} ${what}`, () => {
      expect([...world.faultsOf(text)].sort()).to.deep.equal(expected.sort());
    });
  }

  it('never raise anything but faults, whatever stands in them', () => {
    const settings = [...settingsOf(sectionsWith(world.adapters)).values()];
    const lists = settings.filter(({ schema }) => schema.type === 'array').map(({ key }) => key);
    expect(lists.length).to.be.greaterThan(8);
    fc.assert(
      fc.property(fc.constantFrom(...lists), fc.jsonValue({ maxDepth: 4 }), (key, value) => {
        const [section = '', option = ''] = key.split('.');
        const found = world.faultsOf(JSON.stringify({ [section]: { [option]: value } }));
        if (!Array.isArray(value)) expect(found.join('\n')).to.include(key);
        for (const fault of found) expect(fault).to.match(/^[\w./[\]-]+.*: /s);
      }),
      { numRuns: 300 },
    );
  });

  it('tell as many faults as places that are wrong, each once', () => {
    const item = fc.record({ name: fc.boolean(), fps: fc.boolean(), extra: fc.boolean() });
    const { schema } = settingsOf(sectionsWith(world.adapters)).get('synthetic.cameras') ?? {};
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (items) => {
        const value = items.map(({ name, fps, extra }) => ({
          ...{ name: name ? 'good' : 7, width: 640, height: 480, fps: fps ? 5 : 'five' },
          ...(extra ? { extra: 1 } : {}),
        }));
        const wrong = items.flatMap(({ name, fps, extra }, index) => [
          ...(name ? [] : [`${String(index)}.name`]),
          ...(fps ? [] : [`${String(index)}.fps`]),
          ...(extra ? [`${String(index)}.extra`] : []),
        ]);
        const found = faultsIn(schema as OptionSchema, value).map(({ path }) => path.join('.'));
        expect(found.sort()).to.deep.equal(wrong.sort());
      }),
    );
  });
});

describe('names of cameras', () => {
  it('are what the rule says', () => {
    for (const name of ['camera0', 'front.door', 'A', 'a'.repeat(63), 'allee', 'x_all'])
      expect(isCameraName(name), name).to.equal(true);
    for (const name of [
      '',
      '.a',
      '-a',
      '_a',
      'a b',
      'ä',
      'a/b',
      'a\n',
      'all',
      'all_others',
      'a'.repeat(64),
      5,
    ])
      expect(isCameraName(name), String(name)).to.equal(false);
  });
});

describe('assignment rules in conflict', () => {
  const word = fc.constantFrom('1', '2');
  const rule = fc.record(
    {
      usb: fc.constantFrom('aaaa:bbbb', 'AAAA:BBBB', 'cccc:dddd'),
      serial: word,
      port: word,
      interface: fc.constantFrom('1.0', '1.2'),
    },
    { requiredKeys: [] },
  );

  it('are exactly those of which one never decides by itself', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), (conditions) => {
        const rules = conditions.map((each, index): AssignmentRule => ({ id: `c${String(index)}`, ...each }));
        const conflicts = new Set(conflictsOf(rules).map(({ narrow }) => narrow));
        rules.forEach((each, index) => {
          if (conflicts.has(index)) expect(isNamed(each, rules), JSON.stringify(rules)).to.equal(false);
        });
        if (conflicts.size === 0) for (const each of rules) expect(isNamed(each, rules)).to.equal(true);
      }),
    );
  });

  /** Whether a device that has nothing but what the rule asks for gets the name of the rule. */
  function isNamed(wanted: AssignmentRule, rules: readonly AssignmentRule[]): boolean {
    const [vendorId, productId] = wanted.usb?.toLowerCase().split(':') ?? ['0000', '0000'];
    const hints = {
      ...{ vendorId, productId, usbInterface: wanted.interface ?? '9.9' },
      ...(wanted.serial === undefined ? {} : { serial: wanted.serial }),
      ...(wanted.port === undefined ? {} : { portPath: wanted.port }),
    } as IdentityHints;
    const source = { key: 'k', kind: 'v4l2', locator: '/dev/video0', name: 'n', hints };
    return identify(source, { known: [], present: new Set(), rules })?.id === wanted.id;
  }
});
