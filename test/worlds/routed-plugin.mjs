/** A plugin with HTTP routes, good ones and bad ones. */
const SUMMARY = 'A route for the tests of the service.';

function setup(context) {
  const route = (method, path, { role = 'viewer', audited = false, ...more }) =>
    context.route(method, path, { summary: SUMMARY, role, audited, ...more });
  for (const role of ['viewer', 'operator', 'admin', 'public'])
    route('GET', `/as/${role}`, { role, headers: ['accept', 'x-mark'], handler: tell });
  route('GET', '/devices/{device}', { audited: ['device'], handler: tell });
  route('GET', '/notes/{note}', { role: 'public', handler: ({ params }) => ({ body: params.note }) });
  route('POST', '/echo', {
    role: 'operator',
    maxBodyBytes: 100_000,
    handler: ({ body }) => ({ body }),
  });
  route('GET', '/page', {
    handler: () => ({ headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<p>hello</p>' }),
  });
  route('GET', '/edition', { handler: () => ({ body: 'first' }) });
  declareFaulty((path, handler) => route('GET', path, { timeoutMs: 300, handler }));
  declareStreams(route);
}

/** Everything that a handler gets, as text. */
function tell(request) {
  const { body, params, query, headers, caller } = request;
  const told = { params, query, headers, caller, all: JSON.stringify(request), bytes: body.length };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(told) };
}

function declareFaulty(faulty) {
  faulty('/faulty/throws', () => {
    throw new Error('the secret of the plugin');
  });
  faulty('/faulty/hangs', () => new Promise(() => undefined));
  faulty('/faulty/splits', () => ({ headers: { location: '/\r\nSet-Cookie: a=secret\r\n\r\n<script>' } }));
  faulty('/faulty/cookie', () => ({ headers: { 'set-cookie': 'a=secret' } }));
  faulty('/faulty/huge', () => ({ body: Buffer.alloc(5 * 1024 * 1024) }));
}

function declareStreams(route) {
  let left = 0;
  async function* numbers(signal) {
    try {
      for (let n = 0; !signal.aborted; n += 1) {
        yield Buffer.from(`${n}\n`.padStart(1_000));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    } finally {
      left += 1;
    }
  }
  async function* stalls() {
    yield Buffer.from('one');
    await new Promise(() => undefined);
  }
  route('GET', '/stream', { handler: ({ signal }) => ({ body: numbers(signal) }) });
  route('GET', '/stalls', { timeoutMs: 300, handler: () => ({ body: stalls() }) });
  route('GET', '/left', { handler: () => ({ body: String(left) }) });
}

const plugin = { name: 'routed', apiVersion: 1, setup };
export { plugin as default };
