/** Finding cameras: the contract, logins and clocks, and messages that somebody made up. */
import { expect } from 'chai';
import { deviceEventSourceContract } from 'mediamtx-camera-service/contract/device-event-source';
import type { DeviceEvent } from 'mediamtx-camera-service/plugin-api';
import { testParts, until } from 'mediamtx-camera-service/testing';
import { readAnnouncements } from '../src/discovery-messages.js';
import { passwordDigest } from '../src/soap.js';
import { createSource } from '../src/source.js';
import { LOGIN, OnvifCamera, type CameraOptions } from './onvif-camera.js';

const WITHIN_MS = 10_000;
const { clock, log } = testParts();
const SETTINGS = { ...LOGIN, interface: '127.0.0.1', probe_ms: 200 };

describe('cameras that speak ONVIF', () => {
  const cameras = [new OnvifCamera('S1'), new OnvifCamera('S2')] as const;
  const camera = (device: number): OnvifCamera => cameras[device === 1 ? 0 : 1];
  deviceEventSourceContract('onvif', {
    create: () => createSource(SETTINGS, { clock, log }),
    plug: (device) => camera(device).plug(),
    unplug: (device) => camera(device).unplug(),
    reset: async () => {
      for (const each of cameras) await each.unplug();
    },
    withinMs: WITHIN_MS,
  });
});

describe('a camera', function () {
  this.timeout(30_000);
  let camera: OnvifCamera;
  let events: DeviceEvent[];
  let end = (): Promise<void> => Promise.resolve();

  const watch = async (options: CameraOptions = {}, password = LOGIN.password): Promise<void> => {
    camera = new OnvifCamera('S3', options);
    await camera.plug();
    events = [];
    const stop = new AbortController();
    const source = createSource({ ...SETTINGS, password }, { clock, log });
    const work = (async () => {
      for await (const event of source.watch(stop.signal)) events.push(event);
    })();
    end = async () => {
      stop.abort();
      await work;
      await camera.unplug();
    };
  };
  const seen = (count: number): Promise<void> =>
    until(`${String(count)} events`, () => Promise.resolve(events.length >= count), WITHIN_MS);
  const called = (method: string): Promise<void> =>
    until(method, () => Promise.resolve(camera.calls.includes(method)), WITHIN_MS);
  /** Several more probes have been answered. */
  const asked = (): Promise<void> => clock.sleep(5 * SETTINGS.probe_ms);
  afterEach(() => end());

  it('is announced with its stream, its serial number and the size of its largest profile, once', async () => {
    await watch();
    await seen(1);
    await asked();
    expect(events).to.deep.equal([
      {
        type: 'added',
        source: {
          key: `onvif:${camera.endpoint}`,
          kind: 'onvif',
          locator: 'rtsp://viewer:top%26secret@127.0.0.1/stream?a=1&b=2#320x240@10',
          name: 'Acme Dome  1',
          hints: { serial: 'S3', portPath: `onvif:${camera.endpoint}` },
        },
      },
    ]);
    expect(camera.calls.slice(0, 2)).to.deep.equal(['GetSystemDateAndTime', 'GetDeviceInformation']);
    expect(camera.calls.filter((call) => call.endsWith('refused'))).to.deep.equal([]);
  });

  it('is not asked again and again when it refuses the login', async () => {
    await watch({}, 'wrong');
    await called('GetDeviceInformation refused');
    await asked();
    expect(camera.calls.filter((call) => call.endsWith('refused'))).to.have.lengthOf(1);
    expect(events).to.deep.equal([]);
  });

  it('is removed when it does not answer any more', async () => {
    await watch();
    await seen(1);
    camera.isMute = true;
    await seen(2);
    expect(events[1]).to.deep.equal({ type: 'removed', key: `onvif:${camera.endpoint}` });
  });

  for (const [what, options] of [
    ['announces another address than its own', { announced: 'http://192.0.2.1/onvif/device_service' }],
    ['announces a file', { announced: 'file:///etc/passwd' }],
  ] as const)
    it(`is not asked when it ${what}`, async () => {
      await watch(options);
      await asked();
      expect(camera.calls).to.deep.equal([]);
      expect(events).to.deep.equal([]);
    });

  for (const [what, options] of [
    ['sends the service elsewhere for media', { media: 'http://192.0.2.1/onvif/media' }],
    ['has its stream on another host', { streamUrl: () => 'rtsp://192.0.2.1/stream' }],
    ['names a stream that is none', { streamUrl: () => 'file:///etc/passwd' }],
    ['answers too much', { twist: (answer: string) => `${answer}<!--${'x'.repeat(300_000)}-->` }],
    [
      'defines entities',
      {
        twist: (answer: string) =>
          answer
            .replace('?>', '?><!DOCTYPE x [<!ENTITY a "Acme"><!ENTITY b "&a;&a;&a;&a;">]>')
            .replace('Acme', '&b;'),
      },
    ],
    ['answers no XML', { twist: () => 'HTTP/1.1 <html' }],
    [
      'nests without end',
      { twist: (answer: string) => answer.replace('<s:Body>', `<s:Body>${'<a>'.repeat(50_000)}`) },
    ],
  ] as readonly (readonly [string, CameraOptions])[])
    it(`is not announced when it ${what}, and others are`, async () => {
      await watch(options);
      const good = new OnvifCamera('S4');
      await good.plug();
      try {
        await called(camera.calls[0] ?? 'GetSystemDateAndTime');
        await seen(1);
        await asked();
        expect(events.map((event) => event.type === 'removed' || event.source.hints.serial)).to.deep.equal([
          'S4',
        ]);
      } finally {
        await good.unplug();
      }
    });
});

describe('a message of WS-Discovery', () => {
  const read = (text: string): unknown => readAnnouncements(new TextEncoder().encode(text));

  it('that is none is passed over', () => {
    for (const text of [
      '',
      'x',
      '<',
      '<a/>',
      '<Envelope><Body><Bye/></Body></Envelope>',
      '\u0000'.repeat(60_000),
    ])
      expect(read(text)).to.deep.equal([]);
  });

  it('of a printer is passed over', () => {
    const printer =
      '<Envelope><Body><Hello><EndpointReference><Address>urn:uuid:1</Address></EndpointReference><Types>wprt:PrintDeviceType</Types></Hello></Body></Envelope>';
    expect(read(printer)).to.deep.equal([]);
    expect(read(printer.replace('wprt:PrintDeviceType', 'dn:NetworkVideoTransmitter'))).to.have.lengthOf(1);
  });
});

describe('the digest of a password', () => {
  it('is that of the example in the ONVIF Application Programmer’s Guide, 6.1.1.3', () => {
    const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
    const digest = passwordDigest(nonce, '2010-09-16T07:50:45Z', 'userpassword');
    expect(digest).to.equal('tuOSpGlFlIXsozq4HFNeeGeFLEI=');
  });
});
