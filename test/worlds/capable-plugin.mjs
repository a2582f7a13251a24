/** A plugin that has every capability and misuses each of them when asked to. */
const text = { type: 'string' };
const fields = (properties, required = []) => ({ type: 'object', properties, required });
const SUMMARY = 'A method for the tests of the service.';
const DONE = fields({ done: { type: 'boolean' } }, ['done']);

function setup(context) {
  const health = context.health();
  const events = eventsOf(context);
  const metrics = metricsOf(context);
  const method = (name, { role = 'viewer', result = DONE, audited = false, ...more }) =>
    context.method(name, { summary: SUMMARY, role, result, audited, ...more });
  declareByRole(method);
  declarePublishers(method, events);
  declareFaulty(method);
  method('measure', { handler: () => measure(metrics) });
  method('note', {
    params: fields({ state: text }, ['state']),
    handler: ({ state }) => {
      health.note(state, `the plugin is ${state}`);
      return { done: true };
    },
  });
}

function eventsOf(context) {
  const about = (role) =>
    context.event(`for_${role}`, {
      summary: `An event for everybody who is ${role} at least.`,
      role,
      payload: fields({ device: text, text }, ['text']),
    });
  return { viewer: about('viewer'), operator: about('operator'), admin: about('admin') };
}

function metricsOf(context) {
  const times = { kind: 'histogram', help: 'Some durations.', unit: 'seconds', buckets: [1, 2] };
  return {
    series: context.metric('series', { kind: 'gauge', help: 'A metric with a label.', labels: ['n'] }),
    times: context.metric('times', times),
  };
}

function declareByRole(method) {
  for (const role of ['viewer', 'operator', 'admin'])
    method(`as_${role}`, {
      role,
      params: fields({ device: text, secret: { ...text, writeOnly: true } }),
      audited: ['device'],
      handler: ({ device }, call) => ({ done: device === undefined || call.maySee(device) }),
    });
}

function declarePublishers(method, events) {
  method('publish', {
    params: fields({ role: text, device: text, mark: { ...text, default: 'hello' } }, ['role']),
    handler: ({ role, device, mark }) => ({
      done: events[role].publish({ text: mark, ...(device === undefined ? {} : { device }) }),
    }),
  });
  method('flood', {
    result: fields({ told: { type: 'integer' } }),
    handler: () => {
      const told = Array.from({ length: 5_000 }, (_, n) => events.viewer.publish({ text: String(n) }));
      return { told: told.filter(Boolean).length };
    },
  });
  method('bad_event', { handler: () => ({ done: events.viewer.publish({ text: 1, more: true }) }) });
  method('big_event', { handler: () => ({ done: events.viewer.publish({ text: 'x'.repeat(100_000) }) }) });
}

function declareFaulty(method) {
  const thrown = (facts) => () => {
    throw Object.assign(new Error('the secret of the plugin'), facts);
  };
  const refused = { code: 'OPTION_INVALID', detail: { option: 'x', rule: 'must be even' } };
  const posed = { name: 'ServiceError', code: 'AUTH_FAILED', data: { reason: 'posing' } };
  method('throws', { handler: thrown({}) });
  method('refuses', { handler: thrown({ name: 'PortError', ...refused }) });
  method('poses', { handler: thrown(posed) });
  method('hangs', { timeoutMs: 300, handler: () => new Promise(() => undefined) });
  method('wrong', { handler: () => ({ done: 'perhaps' }) });
  method('nothing', { handler: () => undefined });
  method('huge', {
    result: fields({ done: text }),
    handler: () => ({ done: 'x'.repeat(10 * 1024 * 1024) }),
  });
  method('cyclic', {
    handler: () => {
      const one = {};
      one.done = one;
      return one;
    },
  });
}

function measure({ series, times }) {
  for (let n = 0; n < 150; n += 1) series.record(n, { n: String(n) });
  times.record(1.5);
  times.record(Number.NaN);
  return { done: true };
}

const plugin = { name: 'capable', apiVersion: 1, setup };
export { plugin as default };
