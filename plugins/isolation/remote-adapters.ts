/** The adapters of an isolated plugin: each outlives the runs of the plugin, and is made and started again in the next one. */
import type { AdapterContext, PortMap } from '../api/index.js';
import type { CaptureJob, ServiceEndpoint } from '../../ports/index.js';
import { contextData } from './context-server.js';
import type { PluginRun } from './plugin-run.js';
import type { AdapterFacts, IsolatedPort, Mirrors } from './ports-table.js';
import { proxyOf } from './proxy.js';
import type { SessionNews } from './sessions-client.js';
import { followSession } from './sessions-server.js';

interface Remote {
  readonly id: number;
  /** `Port/name`. */
  readonly called: string;
  readonly port: IsolatedPort;
  readonly name: string;
  readonly context: AdapterContext;
  facts: AdapterFacts;
  /** How it was started; absent while it is not. */
  started?: { readonly service?: ServiceEndpoint };
}

/** What is to be made. */
export interface Wanted<P extends IsolatedPort> {
  readonly port: P;
  readonly name: string;
  readonly context: AdapterContext;
}

export class RemoteAdapters {
  readonly #remotes = new Map<number, Remote>();
  readonly #run: () => PluginRun | undefined;
  readonly #up: () => PluginRun;
  #lastId = 0;

  /** @param up throws while there is no run. */
  constructor(run: () => PluginRun | undefined, up: () => PluginRun) {
    this.#run = run;
    this.#up = up;
  }

  /** Makes one in a run. @returns what stands for it in the service. */
  async create<P extends IsolatedPort>(
    run: PluginRun,
    { port, name, context }: Wanted<P>,
  ): Promise<PortMap[P]> {
    const id = (this.#lastId += 1);
    const facts: AdapterFacts = { name: '', supports: {}, members: [], mirrors: {} };
    const remote: Remote = { id, port, name, context, facts, called: `${port}/${name}` };
    this.#remotes.set(id, remote);
    try {
      remote.facts = await make(run, remote);
    } catch (cause) {
      this.#remotes.delete(id);
      throw cause;
    }
    return this.#proxy(port, remote);
  }

  /** Makes them all in another run, and starts those that were started. */
  async resume(run: PluginRun, signal: AbortSignal): Promise<void> {
    for (const remote of this.#remotes.values()) {
      remote.facts = await make(run, remote);
      if (remote.started === undefined) continue;
      const { service } = remote.started;
      if (service === undefined)
        await run.call(`${remote.called}.start`, 'adapter', [remote.id, 'start'], signal);
      else await serve(run, { remote, service }, signal);
    }
  }

  contextOf(id: number): AdapterContext | undefined {
    return this.#remotes.get(id)?.context;
  }

  /** `Port/name.method`, as far as it is known. */
  nameOf(id: number, method: string): string {
    const remote = this.#remotes.get(id);
    return remote === undefined ? method : `${remote.called}.${method}`;
  }

  mirror(id: number, mirrors: Mirrors): void {
    const remote = this.#remotes.get(id);
    if (remote !== undefined) remote.facts = { ...remote.facts, mirrors };
  }

  #proxy<P extends IsolatedPort>(port: P, remote: Remote): PortMap[P] {
    return proxyOf(port, {
      get facts() {
        return remote.facts;
      },
      call: (member, args, signal) => this.#call(remote, [member, ...args], signal),
      stream: (member, args, signal) => this.#stream([remote.id, member, ...args], signal),
      serve: async (service, signal) => {
        await serve(this.#up(), { remote, service }, signal);
        remote.started = { service };
      },
      session: (job, signal) => this.#session(remote, job, signal),
    });
  }

  async #call(
    remote: Remote,
    [member, ...args]: readonly [string, ...unknown[]],
    signal: AbortSignal,
  ): Promise<unknown> {
    if (member === 'stop') {
      delete remote.started;
      // What ran in it has ended with it.
      if (this.#run() === undefined) return undefined;
    }
    const given = [remote.id, member, ...args];
    const value = await this.#up().call(`${remote.called}.${member}`, 'adapter', given, signal);
    if (member === 'start') remote.started = {};
    return value;
  }

  async *#stream(args: readonly unknown[], signal: AbortSignal): AsyncGenerator {
    yield* this.#up().link.stream('adapter', { args }, signal);
  }

  async #session(remote: Remote, job: CaptureJob, signal: AbortSignal): Promise<unknown> {
    const id = (this.#lastId += 1);
    const run = this.#up();
    const news = run.link.stream('session', { args: [remote.id, id, job] }, signal);
    try {
      return await followSession(news as AsyncGenerator<SessionNews>, (graceMs) =>
        run.link.call('session.stop', [id, graceMs]),
      );
    } catch (cause) {
      throw signal.aborted ? signal.reason : cause;
    }
  }
}

async function make(run: PluginRun, { id, port, name, called, context }: Remote): Promise<AdapterFacts> {
  const args = [id, port, name, contextData(context)];
  return (await run.call(`the making of ${called}`, 'create', args)) as AdapterFacts;
}

async function serve(
  run: PluginRun,
  { remote, service }: { readonly remote: Remote; readonly service: ServiceEndpoint },
  signal: AbortSignal,
): Promise<void> {
  const facts = run.endpoints.serve(remote.id, service);
  await run.call(`${remote.called}.start`, 'serve', [remote.id, facts], signal);
}
