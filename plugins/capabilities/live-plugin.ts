import type { EventHub, DeclaredTopic } from '../../core/events/hub.js';
import type { MethodTable } from '../../core/rpc/method-table.js';
import type { RouteTable } from '../../core/rpc/route-table.js';
import { compileOptions } from '../../core/validation/json-schema.js';
import type { ObjectSchema, Validator } from '../../core/validation/schema.js';
import type { Clock, MetricsSink } from '../../ports/index.js';
import type { Capability } from '../api/index.js';
import { wordsOf, type FaultBook, type PluginFault } from '../guard/fault-book.js';
import { ShapeError } from '../guard/shapes.js';
import type { AnyRoute, Declarations, LivePlugin } from './declarations.js';
import { EventAllowance, MOST_A_SECOND } from './event-allowance.js';
import { Pace } from './pace.js';
import { plainCopy } from './plain-copy.js';
import { PluginCalls } from './plugin-calls.js';
import { GuardedMetric } from './plugin-metrics.js';
import { fieldsOf, pluginMethod } from './plugin-method.js';
import { pluginRoute, subjectOf } from './plugin-route.js';
import { staticSite } from './static-site.js';

const LONGEST_PAYLOAD = 64 * 1024;
const STATES = ['ok', 'degraded', 'down'] as const;
const FLOOD = 'events';
const HEALTH = 'health';
const STATIC = 'static files';
/** Clients are told of each change. */
const NOTE_MS = 1_000;

export interface CapabilityDeps {
  readonly methods: MethodTable;
  readonly routes: RouteTable;
  readonly hub: EventHub;
  readonly metrics: MetricsSink;
  readonly faults: FaultBook;
  readonly clock: Clock;
}

interface LiveEvent {
  readonly topic: DeclaredTopic;
  readonly check: Validator;
}

/**
 * Makes what a plugin has declared a part of the service that runs. @param isDenied the administrator's word.
 * @returns a function that takes all of it out. @throws TypeError when a name is taken; nothing is left then.
 */
export function installPlugin(
  declared: Declarations,
  deps: CapabilityDeps,
  isDenied: (capability: Capability) => boolean = () => false,
): () => void {
  const live = new InstalledPlugin(declared, deps);
  try {
    live.install(isDenied);
  } catch (cause) {
    live.remove();
    throw cause;
  }
  return () => {
    live.remove();
  };
}

class InstalledPlugin implements LivePlugin {
  readonly #declared: Declarations;
  readonly #deps: CapabilityDeps;
  readonly #calls: PluginCalls;
  readonly #allowance: EventAllowance;
  readonly #events = new Map<string, LiveEvent>();
  readonly #metrics = new Map<string, GuardedMetric>();
  readonly #undo: (() => void)[] = [];
  readonly #pace: Pace<PluginFault>;
  #hasNotes = false;

  constructor(declared: Declarations, deps: CapabilityDeps) {
    this.#declared = declared;
    this.#deps = deps;
    this.#calls = new PluginCalls(declared.plugin);
    this.#allowance = new EventAllowance(deps.clock);
    this.#pace = new Pace(deps.clock, {
      everyMs: NOTE_MS,
      tell: (note) => {
        deps.faults.note(declared.plugin, note);
      },
    });
  }

  install(isDenied: (capability: Capability) => boolean): void {
    if (!isDenied('rpc')) this.#installMethods();
    if (!isDenied('events')) this.#installEvents();
    if (!isDenied('metrics')) this.#installMetrics();
    this.#installWeb(isDenied);
    this.#hasNotes = !isDenied('health');
    this.#declared.bind(this);
  }

  remove(): void {
    this.#declared.bind(undefined);
    for (const undo of this.#undo.splice(0)) undo();
    this.#calls.end();
    this.#pace.stop();
    const { plugin, methods, events, metrics, routes } = this.#declared;
    const words = { method: methods, event: events, metric: metrics };
    const subjects = Object.entries(words).flatMap(([word, names]) =>
      [...names.keys()].map((name) => `${word} ${name}`),
    );
    const ofRoutes = [...routes.values()].map(subjectOf);
    this.#deps.faults.forget(plugin, [...subjects, ...ofRoutes, FLOOD, HEALTH, STATIC]);
  }

  publish(name: string, payload: unknown): boolean {
    const event = this.#events.get(name);
    if (event === undefined) return false;
    const { plugin } = this.#declared;
    const { faults } = this.#deps;
    if (!this.#allowance.take()) {
      faults.raise(plugin, FLOOD, `are more than ${String(MOST_A_SECOND)} a second; the rest is dropped`);
      return false;
    }
    if (this.#allowance.isCalm) faults.clear(plugin, FLOOD);
    return this.#watch(`event ${name}`, () => {
      event.topic.publish(readPayload(payload, event.check));
    });
  }

  record(name: string, value: unknown, labels: unknown): void {
    const metric = this.#metrics.get(name);
    if (metric === undefined) return;
    try {
      metric.record(this.#deps.metrics, value, labels);
    } catch (cause) {
      // It stays written down: others of its values may be good, and would make the complaint come and go.
      this.#deps.faults.raise(this.#declared.plugin, `metric ${name}`, wordsOfShape(cause));
    }
  }

  note(state: unknown, reason: unknown): void {
    if (!this.#hasNotes) return;
    const known = STATES.find((each) => each === state);
    const { plugin } = this.#declared;
    const { faults } = this.#deps;
    if (known === undefined) {
      faults.raise(plugin, HEALTH, `must be one of ${STATES.join(', ')}`);
      return;
    }
    const words = reason === undefined ? {} : { reason: wordsOf(reason) };
    this.#pace.tell({ state: known, ...words });
  }

  #installMethods(): void {
    const { methods, faults } = this.#deps;
    const { plugin, methods: offers } = this.#declared;
    const deps = { plugin, calls: this.#calls, faults };
    for (const [name, offer] of offers) this.#undo.push(methods.add(pluginMethod(name, offer, deps)));
  }

  #installEvents(): void {
    const { plugin, events } = this.#declared;
    for (const [name, { summary, role, payload }] of events) {
      const schema = fieldsOf(payload);
      const spec = { summary, role, payload: schema as unknown as ObjectSchema, aliases: [] };
      const topic = this.#deps.hub.declare(`plugin.${plugin}.${name}`, spec);
      this.#undo.push(topic.remove);
      this.#events.set(name, { topic, check: compileOptions(schema) });
    }
  }

  #installMetrics(): void {
    const { metrics: sink } = this.#deps;
    const { plugin, metrics } = this.#declared;
    for (const [name, offer] of metrics) {
      const metric = new GuardedMetric(plugin, name, offer);
      sink.declare([metric.declaration]);
      this.#metrics.set(name, metric);
      this.#undo.push(() => sink.withdraw?.([metric.declaration.name]));
    }
  }

  #installWeb(isDenied: (capability: Capability) => boolean): void {
    const { faults, clock } = this.#deps;
    const { plugin, routes, files } = this.#declared;
    const isLeftOut = ({ role }: AnyRoute): boolean =>
      isDenied('routes') || (role === 'public' && isDenied('public-routes'));
    const deps = { plugin, calls: this.#calls, faults, clock };
    const lines = [...routes.values()].flatMap((offer) =>
      isLeftOut(offer) ? [] : [pluginRoute(offer, deps)],
    );
    const site =
      files === undefined || isDenied('static')
        ? undefined
        : staticSite(files.root, files.offer, (cause) => {
            faults.raise(plugin, STATIC, cause);
          });
    if (lines.length > 0 || site !== undefined) this.#undo.push(this.#deps.routes.add(plugin, lines, site));
  }

  #watch(subject: string, run: () => void): boolean {
    const { plugin } = this.#declared;
    try {
      run();
      this.#deps.faults.clear(plugin, subject);
      return true;
    } catch (cause) {
      this.#deps.faults.raise(plugin, subject, wordsOfShape(cause));
      return false;
    }
  }
}

/** @throws ShapeError. */
function readPayload(payload: unknown, check: Validator): Readonly<Record<string, unknown>> {
  const copy = plainCopy(payload, LONGEST_PAYLOAD);
  if (check.accepts(copy)) return copy as Readonly<Record<string, unknown>>;
  const { data } = check.fault(copy);
  throw new ShapeError(`${String(data['param'])}: ${String(data['hint'])}`);
}

function wordsOfShape(cause: unknown): unknown {
  return cause instanceof ShapeError ? `was given an invalid value: ${cause.message}` : cause;
}
