import { expect } from 'chai';
import { identify, type AssignmentRule, type KnownCamera } from '../../../core/cameras/identity.js';
import type { IdentityHints, SourceDescriptor } from '../../../ports/index.js';

const model = { vendorId: '046d', productId: '0825' };

function source(hints: IdentityHints, locator = '/dev/video7', kind = 'v4l2'): SourceDescriptor {
  return { key: `${kind}:${locator}`, kind, locator, name: 'C270', hints };
}

function known(id: string, hints: IdentityHints, kind = 'v4l2'): KnownCamera {
  return { id, kind, name: 'C270', hints, lastSeenAt: 0 };
}

interface Case {
  readonly what: string;
  readonly source: SourceDescriptor;
  readonly known?: readonly KnownCamera[];
  readonly present?: readonly string[];
  readonly rules?: readonly AssignmentRule[];
  readonly id?: string;
  readonly by?: string;
  readonly why?: RegExp;
}

const cases: readonly Case[] = [
  {
    what: 'takes the number of the device node when nobody has it',
    source: source(model, '/dev/video2'),
    id: 'camera2',
    by: 'new',
  },
  {
    what: 'takes the next free number when the one of the node belongs to another camera',
    source: source({ vendorId: '1111', productId: '2222' }, '/dev/video0'),
    known: [known('camera0', model), known('camera1', model)],
    id: 'camera2',
    by: 'new',
  },
  {
    what: 'takes the number of a test-pattern camera, which is counted from 1, whichever was probed first',
    source: { ...source({}, '/run/synthetic/2.sock', 'synthetic'), key: 'synthetic:2' },
    id: 'camera1',
    by: 'new',
  },
  {
    what: 'counts cameras that are no device nodes',
    source: source({}, 'rtsp://x/2', 'rtsp'),
    id: 'camera0',
    by: 'new',
  },
  {
    what: 'knows a serial again, wherever it is plugged in',
    source: source({ ...model, serial: 'A', portPath: 'p2' }),
    known: [
      known('front', { ...model, serial: 'A', portPath: 'p1' }),
      known('back', { ...model, serial: 'B', portPath: 'p2' }),
    ],
    id: 'front',
    by: 'serial',
  },
  {
    what: 'does not mix up equal serials of different models',
    source: source({ ...model, serial: '1' }),
    known: [known('other', { vendorId: '1111', productId: '2222', serial: '1' })],
    id: 'camera7',
    by: 'new',
  },
  {
    what: 'tells equal serials apart by the port',
    source: source({ ...model, serial: '1', portPath: 'p2' }),
    known: [
      known('a', { ...model, serial: '1', portPath: 'p1' }),
      known('b', { ...model, serial: '1', portPath: 'p2' }),
    ],
    id: 'b',
    by: 'port',
    why: /serial 1 is not unique/,
  },
  {
    what: 'refuses to guess between equal serials in a strange port',
    source: source({ ...model, serial: '1', portPath: 'p3' }),
    known: [
      known('a', { ...model, serial: '1', portPath: 'p1' }),
      known('b', { ...model, serial: '1', portPath: 'p2' }),
    ],
    id: 'camera0',
    by: 'ambiguous',
    why: /a, b/,
  },
  {
    what: 'takes a second camera of the same serial for a new one while the first is here',
    source: source({ ...model, serial: '1', portPath: 'p2' }),
    known: [known('a', { ...model, serial: '1', portPath: 'p1' })],
    present: ['a'],
    id: 'camera7',
    by: 'new',
  },
  {
    what: 'knows a camera without serial by its port',
    source: source({ ...model, portPath: 'p1' }),
    known: [known('a', { ...model, portPath: 'p1' }), known('b', { ...model, portPath: 'p2' })],
    id: 'a',
    by: 'port',
  },
  {
    what: 'follows the place when two cameras without serials swap their ports',
    source: source({ ...model, portPath: 'p2' }, '/dev/video0'),
    known: [known('a', { ...model, portPath: 'p1' }), known('b', { ...model, portPath: 'p2' })],
    present: ['a'],
    id: 'b',
    by: 'port',
  },
  {
    what: 'knows the only absent camera of its model in another port',
    source: source({ ...model, portPath: 'p3' }),
    known: [known('a', { ...model, portPath: 'p1' }), known('b', { ...model, portPath: 'p2' })],
    present: ['a'],
    id: 'b',
    by: 'model',
  },
  {
    what: 'refuses to guess between absent cameras of its model',
    source: source({ ...model, portPath: 'p3' }),
    known: [known('a', { ...model, portPath: 'p1' }), known('b', { ...model, portPath: 'p2' })],
    id: 'camera0',
    by: 'ambiguous',
    why: /not one of those of a, b/,
  },
  {
    what: 'does not take a camera without a serial for one that had one',
    source: source({ ...model, portPath: 'p1' }),
    known: [known('a', { ...model, serial: 'A', portPath: 'p1' })],
    id: 'camera7',
    by: 'new',
  },
  {
    what: 'compares names where there are no ids',
    source: source({}, 'memory-1', 'memory'),
    known: [known('a', {}, 'memory')],
    id: 'a',
    by: 'model',
  },
  {
    what: 'knows both cameras of one USB device again by their serial, wherever the device is plugged in',
    source: source({ ...model, serial: 'A', portPath: 'p2:1.2', usbInterface: '1.2' }),
    known: [
      known('colour', { ...model, serial: 'A', portPath: 'p1' }),
      known('infrared', { ...model, serial: 'A', portPath: 'p1:1.2', usbInterface: '1.2' }),
    ],
    present: ['colour'],
    id: 'infrared',
    by: 'serial',
    why: /serial A, interface 1.2/,
  },
  {
    what: 'does not take the other camera of a device for the one that is away',
    source: source({ ...model, serial: 'A', portPath: 'p1:1.2', usbInterface: '1.2' }),
    known: [known('colour', { ...model, serial: 'A', portPath: 'p1' })],
    id: 'camera7',
    by: 'new',
  },
  {
    what: 'does not call two cameras of one device twins when there is no serial either',
    source: source({ ...model, portPath: 'p2:1.2', usbInterface: '1.2' }),
    known: [
      known('colour', { ...model, portPath: 'p1' }),
      known('infrared', { ...model, portPath: 'p1:1.2', usbInterface: '1.2' }),
    ],
    id: 'infrared',
    by: 'model',
  },
  {
    what: 'keeps the name of a rule for the camera of the device that has it',
    source: source({ ...model, serial: 'A', portPath: 'p1:1.2', usbInterface: '1.2' }),
    known: [known('front', { ...model, serial: 'A', portPath: 'p1' })],
    rules: [{ id: 'front', serial: 'A' }],
  },
  {
    what: 'keeps the name of a rule also where the device has no serial',
    source: source({ ...model, portPath: 'p1:1.2', usbInterface: '1.2' }),
    known: [known('front', { ...model, portPath: 'p1' })],
    rules: [{ id: 'front', usb: '046d:0825' }],
  },
  {
    what: 'gives each camera of a device its name by the interface in the rule',
    source: source({ ...model, serial: 'A', portPath: 'p1:1.2', usbInterface: '1.2' }),
    known: [known('front-ir', { ...model, serial: 'A', portPath: 'p1' })],
    rules: [{ id: 'front-ir', serial: 'A', interface: '1.2' }],
    id: 'front-ir',
    by: 'assignment',
    why: /interface 1.2/,
  },
  {
    what: 'takes a camera without a number of its interface for the first one of its device',
    source: source({ ...model, serial: 'A' }),
    rules: [
      { id: 'front', serial: 'A', interface: '1.0' },
      { id: 'front-ir', serial: 'A', interface: '1.2' },
    ],
    id: 'front',
    by: 'assignment',
  },
  {
    what: 'takes no camera without USB numbers for one of a rule that has some',
    source: source({ portPath: 'p1' }),
    rules: [{ id: 'front', usb: '046d:0825', port: 'p1' }],
  },
  {
    what: 'does not take another kind of source for a known camera',
    source: source(model, 'rtsp://x', 'rtsp'),
    known: [known('a', model)],
    id: 'camera0',
    by: 'new',
  },
  { what: 'ignores what no rule is for', source: source(model), rules: [{ id: 'front', usb: '1111:2222' }] },
  {
    what: 'gives the name of the rule that matches, in any spelling of the ids',
    source: source({ ...model, serial: 'A', portPath: 'p1' }),
    rules: [
      { id: 'front', usb: '046D:0825', serial: 'A', port: 'p1' },
      { id: 'back', serial: 'B' },
    ],
    id: 'front',
    by: 'assignment',
    why: /usb 046D:0825, serial A, port p1/,
  },
  {
    what: 'refuses to choose between two rules that both match',
    source: source({ ...model, serial: 'A' }),
    rules: [
      { id: 'camera0', usb: '046d:0825' },
      { id: 'back', serial: 'A' },
    ],
    id: 'camera1',
    by: 'ambiguous',
    why: /camera0 and back/,
  },
  {
    what: 'takes two rules of one name for one',
    source: source({ ...model, serial: 'A' }),
    rules: [
      { id: 'front', usb: '046d:0825' },
      { id: 'front', serial: 'A' },
    ],
    id: 'front',
    by: 'assignment',
  },
  {
    what: 'does not give the name of a rule twice, nor one that another rule may need',
    source: source({ ...model, portPath: 'p2' }),
    rules: [
      { id: 'front', usb: '046d:0825' },
      { id: 'camera0', serial: 'Z' },
    ],
    present: ['front'],
    id: 'camera1',
    by: 'ambiguous',
    why: /already matches the rule for front/,
  },
];

describe('identify', () => {
  for (const each of cases) {
    it(each.what, () => {
      const world = { known: each.known ?? [], present: new Set(each.present), rules: each.rules ?? [] };
      const identity = identify(each.source, world);
      expect(identity?.id).to.equal(each.id);
      expect(identity?.matchedBy).to.equal(each.by);
      if (each.why) expect(identity?.why).to.match(each.why);
    });
  }
});
