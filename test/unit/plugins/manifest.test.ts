import { expect } from 'chai';
import fc from 'fast-check';
import { createManualClock } from '../../../adapters/clock/manual/manual-clock.js';
import { hostOfBuiltIn } from '../../../config/catalogue.js';
import { KEYWORDS } from '../../../plugins/host/schema-fault.js';
import { definePlugin, type AdapterOffer, type PortName } from '../../../plugins/api/index.js';
import { manifestDifference } from '../../../plugins/host/manifest-difference.js';
import { judgeManifest, type PluginManifest } from '../../../plugins/host/manifest.js';
import { manifestSchema } from '../../../plugins/host/manifest-schema.js';
import { PluginHost } from '../../../plugins/host/plugin-host.js';

const OPTIONS = {
  type: 'object',
  properties: {
    folder: { type: 'string', format: 'path', description: 'Folder with the links.' },
    kinds: {
      type: 'array',
      description: 'Kinds that are taken.',
      default: ['a'],
      items: { type: 'string', pattern: '^[a-z]+$', 'x-rule': 'lower-case letters' },
    },
  },
  required: ['folder'],
} as const;
const GOOD = {
  apiVersion: '^1.0.0',
  provides: [
    { port: 'DeviceEventSource', name: 'folder', kinds: ['v4l2'], options: OPTIONS },
    { port: 'Transport', name: 'socket' },
  ],
  capabilities: [],
};
type Change = (manifest: Record<string, unknown>, first: Record<string, unknown>) => void;

function changed(change: Change): unknown {
  const copy = structuredClone(GOOD) as unknown as { provides: Record<string, unknown>[] };
  change(copy, copy.provides[0] ?? {});
  return copy;
}

function faultsOf(value: unknown): string[] {
  const verdict = judgeManifest(value);
  return 'manifest' in verdict ? [] : verdict.faults.map(({ path, rule }) => `${path.join('.')}: ${rule}`);
}

/** Changes an option's schema. */
const withOption =
  (option: unknown): Change =>
  (_, first) => {
    first['options'] = { type: 'object', properties: { folder: option } };
  };
const described = { type: 'string', description: 'Folder with the links.', default: '' };

const BAD: Readonly<Record<string, readonly [Change, RegExp]>> = {
  'an unknown key': [(m) => void (m['version'] = 1), /^version: there is no such key/],
  'no API range': [(m) => delete m['apiVersion'], /^apiVersion: is missing/],
  'an API range that is none': [
    (m) => void (m['apiVersion'] = 'new'),
    /^apiVersion: must be a range of versions/,
  ],
  'an API range that is a number': [
    (m) => void (m['apiVersion'] = 1),
    /^apiVersion: is a number; must be text/,
  ],
  'a later API': [
    (m) => void (m['apiVersion'] = '^2.0.0'),
    /this service has plugin API 1\.0\.0: install a version/,
  ],
  'no list of adapters': [(m) => delete m['provides'], /^provides: is missing/],
  'a list that is none': [(m) => void (m['provides'] = {}), /^provides: is a mapping; must be a list/],
  'an adapter that is none': [(m) => void (m['provides'] = [7]), /^provides\.0: is a number/],
  'an unknown capability': [
    (m) => void (m['capabilities'] = ['root']),
    /^capabilities\.0: is invalid; must be one of rpc, events, metrics, health/,
  ],
  'capabilities that are no list': [
    (m) => void (m['capabilities'] = 'root'),
    /^capabilities: is text; must be a list/,
  ],
  'an unknown port': [
    (_, f) => void (f['port'] = 'Camera'),
    /^provides\.0\.port: is invalid; must be one of AuditLog/,
  ],
  'no port': [(_, f) => delete f['port'], /^provides\.0\.port: is missing/],
  'no name': [(_, f) => delete f['name'], /^provides\.0\.name: is missing/],
  'an ill-formed name': [
    (_, f) => void (f['name'] = 'My Folder'),
    /^provides\.0\.name: .*lower-case words with hyphens/,
  ],
  'an endless name': [(_, f) => void (f['name'] = 'a'.repeat(101)), /^provides\.0\.name: is invalid/],
  'a name of the language': [(_, f) => void (f['name'] = '__proto__'), /^provides\.0\.name: is invalid/],
  'an unknown key of an adapter': [
    (_, f) => void (f['sektion'] = 'x'),
    /^provides\.0\.sektion: there is no such key/,
  ],
  'an adapter twice': [
    (m, f) => void (m['provides'] = [f, structuredClone(f)]),
    /^provides\.1: DeviceEventSource\/folder is already in an earlier item/,
  ],
  'a section without options': [
    (_, f) => {
      delete f['options'];
      f['section'] = 'folder';
    },
    /a section requires options/,
  ],
  'an ill-formed section': [
    (_, f) => void (f['section'] = 'My-Section'),
    /^provides\.0\.section: is invalid/,
  ],
  'sections beside options': [(_, f) => void (f['sections'] = { x: OPTIONS }), /either sections, or options/],
  'sections that are no object': [
    (_, f) => void (f['sections'] = []),
    /^provides\.0\.sections: must be an object/,
  ],
  'kinds of a port without kinds': [
    (m) => void (m['provides'] = [{ port: 'Transport', name: 'x', kinds: ['v4l2'] }]),
    /kinds are allowed only for CameraProbe/,
  ],
  'ill-formed kinds': [(_, f) => void (f['kinds'] = ['V4L 2']), /^provides\.0\.kinds\.0: is invalid/],
  'a kind twice': [
    (_, f) => void (f['kinds'] = ['a', 'a']),
    /^provides\.0\.kinds\.1: is already in an earlier item/,
  ],
  'options that are null': [(_, f) => void (f['options'] = null), /^provides\.0\.options: must be a schema/],
  'options of another type': [
    (_, f) => void (f['options'] = { type: 'array' }),
    /must be a JSON Schema of type object/,
  ],
  'options without a type': [(_, f) => void (f['options'] = { properties: {} }), /needs a type/],
  'an option that is null': [withOption(null), /^provides\.0\.options\.properties\.folder: must be a schema/],
  'an unknown keyword': [withOption({ ...described, oneOf: [] }), /the keyword "oneOf" is not supported/],
  'a keyword of the language': [withOption({ ...described, constructor: 1 }), /the keyword "constructor"/],
  'a pattern that is none': [
    withOption({ ...described, pattern: '(' }),
    /folder\.pattern: must be a regular expression/,
  ],
  'a bound that is text': [
    withOption({ ...described, minLength: '1' }),
    /folder\.minLength: must be a whole number/,
  ],
  'choices that are none': [
    withOption({ ...described, enum: [] }),
    /folder\.enum: must be a non-empty list of strings/,
  ],
  'an option without a description': [withOption({ type: 'string', default: '' }), /needs a description/],
  'an option without a default': [
    withOption({ type: 'string', description: 'Folder with the links.' }),
    /needs a default, or must be required/,
  ],
  'a default that does not fit': [
    withOption({ ...described, default: 7 }),
    /has a default that does not match its schema/,
  ],
  'an option called adapter': [
    (_, f) => void (f['options'] = { type: 'object', properties: { adapter: described } }),
    /other than "adapter"/,
  ],
  'a required option that there is not': [
    (_, f) => void (f['options'] = { ...OPTIONS, required: ['fodler'] }),
    /options\.required: names "fodler", which is not a property/,
  ],
  'a schema without a bottom': [
    (_, f) => {
      let deep: unknown = { type: 'string' };
      for (let i = 0; i < 5_000; i += 1) deep = { type: 'array', items: deep };
      f['options'] = { type: 'object', properties: { folder: deep } };
    },
    /is nested too deeply/,
  ],
};

describe('the manifest of a plugin', () => {
  it('is taken when it is sound, with capabilities when it names none', () => {
    const { capabilities: _, ...rest } = GOOD;
    expect(judgeManifest(rest)).to.deep.equal({ manifest: GOOD });
  });

  for (const [what, [change, words]] of Object.entries(BAD)) {
    it(`is refused with ${what}, saying where`, () => {
      const faults = faultsOf(changed(change));
      expect(
        faults.some((fault) => words.test(fault)),
        faults.join('\n'),
      ).to.equal(true);
    });
  }

  for (const value of [undefined, null, 7, 'x', [], true, () => 1])
    it(`is refused when it is ${String(value)}`, () => {
      expect(faultsOf(value)).not.to.deep.equal([]);
    });

  it('never makes the check throw, whatever is put in the place of whatever', () => {
    const places = pathsOf(GOOD);
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue({ maxDepth: 4 }), (place, value) => {
        const mutated = replaced(GOOD, place, value);
        const verdict = judgeManifest(mutated);
        if (!('manifest' in verdict)) expect(verdict.faults.length).to.be.greaterThan(0);
        else {
          const host = new PluginHost({ clock: createManualClock() });
          host.declare('x', '1.0.0', verdict.manifest);
          expect(host.adapters.names()).to.have.length(verdict.manifest.provides.length);
        }
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('the JSON Schema of manifests', () => {
  it('knows the keywords that the check knows', () => {
    const { $defs } = manifestSchema() as { $defs: { option: { properties: object } } };
    expect(Object.keys($defs.option.properties).sort()).to.deep.equal([...KEYWORDS].sort());
  });
});

describe('code and manifest', () => {
  const offer = { kinds: ['v4l2'], options: OPTIONS, create: () => ({}) } as unknown as AdapterOffer<
    PortName,
    unknown
  >;
  const load = async (manifest: PluginManifest, offers: readonly (readonly [PortName, string])[]) => {
    const host = new PluginHost({ clock: createManualClock() });
    const plugin = definePlugin({
      name: 'acme',
      apiVersion: 1,
      setup: (context) => {
        for (const [port, name] of offers)
          context.provide(port, name, port === 'Transport' ? ({ create: () => ({}) } as never) : offer);
      },
    });
    const options = { version: '1.0.0', deadlineMs: 1_000, module: '/x.js', manifest };
    const failure = await host
      .load(plugin, options, new AbortController().signal)
      .catch((cause: unknown) => cause);
    return { host, failure: failure as (Error & { code?: string }) | undefined };
  };
  const manifest = GOOD as unknown as PluginManifest;
  const all = [['DeviceEventSource', 'folder'] as const, ['Transport', 'socket'] as const];

  it('agree', async () => {
    const { host, failure } = await load(manifest, all);
    expect(failure).to.equal(undefined);
    expect(host.loaded[0]).to.include({ manifest: 'agrees', module: '/x.js' });
    expect(host.moduleOf('Transport', 'socket')).to.equal('/x.js');
  });

  it('differ by an adapter: the difference is named and nothing of the plugin is kept', async () => {
    const less = await load(manifest, all.slice(0, 1));
    expect(less.failure?.code).to.equal('OPTION_INVALID');
    expect(less.failure?.message).to.match(
      /its manifest declares Transport\/socket, which its code does not provide/,
    );
    expect(less.host.adapters.names()).to.deep.equal([]);
    const more = await load({ ...manifest, provides: manifest.provides.slice(0, 1) }, all);
    expect(more.failure?.message).to.match(/provides Transport\/socket, which its manifest does not declare/);
  });

  it('differ by an option, which is named', () => {
    const other = structuredClone(manifest.provides);
    Object.assign(other[0]?.options?.properties?.['kinds'] ?? {}, { default: ['b'] });
    expect(manifestDifference(manifest.provides, other)).to.match(
      /^DeviceEventSource\/folder: options\.properties\.kinds\.default\.0 in its manifest/,
    );
  });

  it('agree for what comes with the service, whose declarations make a sound manifest', async () => {
    const { adapters } = await hostOfBuiltIn(new AbortController().signal);
    const provides = JSON.parse(JSON.stringify(adapters.provisions())) as unknown;
    expect(faultsOf({ apiVersion: '^1.0.0', provides })).to.deep.equal([]);
  });
});

type Place = readonly (string | number)[];

function pathsOf(value: unknown, path: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  const inner = [...keys].flatMap((key) =>
    pathsOf((value as Record<string | number, unknown>)[key], [...path, key]),
  );
  return [path, ...inner];
}

function replaced(value: unknown, [step, ...rest]: Place, by: unknown): unknown {
  if (step === undefined) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[step] = replaced(copy[step], rest, by);
  return copy;
}
