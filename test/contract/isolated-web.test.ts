/** Files and health over transports that run in a thread or a process of their own. */
import { join } from 'node:path';
import type { HttpListener, ServiceEndpoint, Transport } from '../../ports/index.js';
import { freePorts } from '../testing/index.js';
import { isolatedHost, MODES, pluginAt, type IsolatedHost } from '../worlds/isolated.js';
import { until } from '../worlds/media.js';
import { requestOverTcp } from '../worlds/transport-worlds.js';
import { transportContract, type TestHttpAnswer } from './transport.contract.js';

const MODULE = join(import.meta.dirname, '../worlds/web-plugin.ts');
const WITHIN_MS = 20_000;
const NONE = { calls: false, events: false, files: false, health: false, jsonRpc: false, batches: false };

/** The plugin is told of the health of the service every second: what is asked next must be answered with what is true by then. */
function countingReports(transport: Transport): { readonly told: Transport; readonly reports: () => number } {
  let count = 0;
  const counted = ({ health, ...service }: ServiceEndpoint): ServiceEndpoint => {
    const report = (): ReturnType<typeof health.report> => {
      count += 1;
      return health.report();
    };
    return { ...service, health: { report, metrics: () => health.metrics() } };
  };
  const told: Transport = {
    ...transport,
    start: ({ rpc, files, health }, signal) => transport.start(counted({ rpc, files, health }), signal),
  };
  return { told, reports: () => count };
}

/** The port is the plugin's own: when its transport has stopped, there is nothing that could answer. */
function nobodyListens(cause: NodeJS.ErrnoException): TestHttpAnswer {
  if (cause.code !== 'ECONNREFUSED') throw cause;
  return { status: 404, headers: {}, body: new Uint8Array() };
}

for (const mode of MODES)
  describe(`transports of files and health in isolation: ${mode}`, function () {
    this.timeout(60_000);
    let host: IsolatedHost;
    before(async () => void (host = await isolatedHost(mode, await pluginAt(MODULE))));
    after(() => host?.close());

    for (const kind of ['files', 'health'] as const)
      transportContract(kind, {
        supports: { ...NONE, [kind]: true },
        create: async () => {
          const [port = 0] = await freePorts(1);
          const { told, reports } = countingReports(await host.create('Transport', kind, { port }));
          const address = { address: () => ({ host: '127.0.0.1', port }) } as HttpListener;
          return {
            transport: told,
            connect: () => Promise.reject(new Error('there are no calls')),
            request: async (request) => {
              const before = reports();
              if (kind === 'health' && told.addresses().length > 0)
                await until('news of the health', () => reports() > before, WITHIN_MS);
              await host.settled();
              return await requestOverTcp(address, request).catch(nobodyListens);
            },
            dispose: () => Promise.resolve(),
          };
        },
        withinMs: WITHIN_MS,
      });
  });
