import { expect } from 'chai';

import type { MetricDeclaration, MetricsSink } from '../../ports/metrics-sink.js';
import { optionalLifecycleTrait } from './lifecycle.trait.js';
import { contractSuite, describe, it } from './runner.contract.js';

export interface MetricsSinkWorld {
  create(): MetricsSink;
}

const CATALOGUE: readonly MetricDeclaration[] = [
  { name: 'camera_service_calls_total', kind: 'counter', help: 'Calls.', labels: ['method', 'outcome'] },
  { name: 'camera_service_cameras_count', kind: 'gauge', help: 'Cameras.', labels: [] },
  {
    name: 'camera_service_call_seconds',
    kind: 'histogram',
    help: 'Time.',
    labels: ['method'],
    buckets: [0.1, 1],
  },
];
/** A line of the Prometheus text format 0.0.4, as far as it is needed: comment, or name, labels and value. */
const LINE =
  /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="(?:[^"\\]|\\.)*"(?:,\w+="(?:[^"\\]|\\.)*")*,?\})? [-+\d.eInf]+)$/;
const CALL = { method: 'ping', outcome: 'ok' };

export const metricsSinkContract = contractSuite((name, world: MetricsSinkWorld) => {
  describe(`${name} as a MetricsSink`, () => {
    const create = (): MetricsSink => {
      const sink = world.create();
      sink.declare(CATALOGUE);
      return sink;
    };
    const text = async (sink: MetricsSink): Promise<string> => (await sink.expose()).text;

    optionalLifecycleTrait(() => Promise.resolve(world.create()), 5_000);

    it('[counts] adds to a counter per set of labels', async () => {
      const sink = create();
      sink.count('camera_service_calls_total', CALL);
      sink.count('camera_service_calls_total', { outcome: 'ok', method: 'ping' }, 4);
      sink.count('camera_service_calls_total', { method: 'ping', outcome: 'error' });
      const lines = (await text(sink))
        .split('\n')
        .filter((line) => line.startsWith('camera_service_calls_total{'));
      expect(lines.map((line) => line.split(' ').at(-1)).sort()).to.deep.equal(['1', '5']);
      expect(lines.join()).to.include('method="ping"').and.include('outcome="error"');
    });

    it('[gauges] shows the latest value of a gauge', async () => {
      const sink = create();
      sink.set('camera_service_cameras_count', 7);
      sink.set('camera_service_cameras_count', -2.5);
      expect(await text(sink)).to.match(/^camera_service_cameras_count -2\.5$/m);
    });

    it('[histograms] counts observations in cumulative buckets', async () => {
      const sink = create();
      // A value on the bound of a bucket is in it.
      for (const seconds of [0.1, 0.5, 5])
        sink.observe('camera_service_call_seconds', seconds, { method: 'ping' });
      const shown = await text(sink);
      const bucket = (bound: string): string | undefined =>
        shown.split('\n').find((line) => line.includes('_bucket{') && line.includes(`le="${bound}"`));
      expect(['0.1', '1', '+Inf'].map((bound) => bucket(bound)?.split(' ').at(-1))).to.deep.equal([
        '1',
        '2',
        '3',
      ]);
      expect(shown).to.match(/^camera_service_call_seconds_sum\{method="ping"\} 5\.6$/m);
      expect(shown).to.match(/^camera_service_call_seconds_count\{method="ping"\} 3$/m);
    });

    it('[text-format] exposes help, type and a content type', async () => {
      const { contentType, text: shown } = await create().expose();
      expect(contentType).to.match(/^text\/plain/);
      expect(shown).to.include('# HELP camera_service_calls_total Calls.');
      expect(shown).to.include('# TYPE camera_service_call_seconds histogram');
      expect(shown.endsWith('\n')).to.equal(true);
    });

    it('[text-lines] writes each sample, help and type on a line of its own, in the text format', async () => {
      const sink = create();
      sink.count('camera_service_calls_total', CALL, 3);
      sink.set('camera_service_cameras_count', 2);
      sink.observe('camera_service_call_seconds', 0.5, { method: 'ping' });
      const lines = (await text(sink)).split('\n').filter((line) => line !== '');
      for (const line of lines) expect(line).to.match(LINE);
      for (const { name: metric } of CATALOGUE)
        expect(lines.filter((line) => line.startsWith(`# TYPE ${metric} `))).to.have.lengthOf(1);
    });

    it('[help-escapes] escapes backslashes and line breaks in help texts', async () => {
      const sink = create();
      const odd = { name: 'camera_service_odd_count', kind: 'gauge' as const, labels: [] };
      sink.declare([{ ...odd, help: 'a\\b\nc' }]);
      sink.set(odd.name, 1);
      expect((await text(sink)).split('\n')).to.include(`# HELP ${odd.name} a\\\\b\\nc`);
    });

    it('[escapes] escapes label values', async () => {
      const sink = create();
      sink.count('camera_service_calls_total', { method: 'a"b\\c\nd', outcome: 'ok' });
      expect(await text(sink)).to.include('method="a\\"b\\\\c\\nd"');
    });

    it('[declare-again] accepts an identical declaration again and keeps the values', async () => {
      const sink = create();
      sink.set('camera_service_cameras_count', 3);
      sink.declare(CATALOGUE);
      expect(await text(sink)).to.match(/^camera_service_cameras_count 3$/m);
    });

    it('[declare-shape] refuses a different declaration with a known name', () => {
      const [counter] = CATALOGUE as [MetricDeclaration];
      for (const other of [
        { ...counter, labels: ['method'] },
        { ...counter, kind: 'gauge' as const },
      ])
        expect(() => create().declare([other])).to.throw(TypeError);
    });

    it('[withdraw] forgets a metric that is withdrawn, so that it can be declared in another way', async () => {
      const sink = create();
      if (sink.withdraw === undefined) return;
      const [counter] = CATALOGUE as [MetricDeclaration];
      sink.count(counter.name, CALL, 7);
      sink.withdraw([counter.name, 'camera_service_unknown_total']);
      expect(await text(sink)).not.to.include(counter.name);
      expect(() => sink.count(counter.name, CALL)).to.throw(TypeError);
      sink.declare([{ ...counter, labels: [] }]);
      sink.count(counter.name, {}, 2);
      expect(await text(sink)).to.match(new RegExp(`^${counter.name} 2$`, 'm'));
    });

    it('[strict] refuses undeclared names, the wrong kind and wrong labels', () => {
      const sink = create();
      expect(() => sink.count('camera_service_unknown_total')).to.throw(TypeError);
      expect(() => sink.set('camera_service_calls_total', 1, CALL)).to.throw(TypeError);
      expect(() => sink.count('camera_service_calls_total', { method: 'ping' })).to.throw(TypeError);
      expect(() => sink.count('camera_service_calls_total', { ...CALL, more: 'x' })).to.throw(TypeError);
      expect(() => sink.observe('camera_service_call_seconds', 1)).to.throw(TypeError);
    });

    it('[never-back] refuses to decrease a counter', () => {
      expect(() => create().count('camera_service_calls_total', CALL, -1)).to.throw(TypeError);
    });

    it('[isolated] shares nothing with another sink', async () => {
      const [one, two] = [create(), create()];
      one.set('camera_service_cameras_count', 99);
      expect(await text(two)).not.to.include('99');
    });
  });
});
