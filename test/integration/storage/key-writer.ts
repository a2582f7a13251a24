/** Child of the test of several processes: what the command line does, many times. Prints nothing; reports by message. */
import { createApiKeyAuthProvider } from '../../../adapters/auth-provider/api-key/api-key-auth-provider.js';
import { createSystemClock } from '../../../adapters/clock/system/system-clock.js';
import { createMemoryLogger } from '../../../adapters/logger/memory/memory-logger.js';
import { createFileStateStore } from '../../../adapters/state-store/file/file-state-store.js';

/** What a process is asked to do, one after the other. */
export type Work = { readonly issue: number } | { readonly revoke: readonly string[] };

const [directory = ''] = process.argv.slice(2);
const deps = { log: createMemoryLogger(), clock: createSystemClock() };
const state = await createFileStateStore({ directory }, deps);
const provider = createApiKeyAuthProvider({}, { ...deps, state });
await provider.start(new AbortController().signal);

process.on('message', (work: Work) => void run(work).then((ids) => process.send?.(ids)));
process.send?.('ready');

async function run(work: Work): Promise<string[]> {
  const ids: string[] = [];
  if ('revoke' in work) for (const id of work.revoke) if (await provider.revoke(id)) ids.push(id);
  if ('issue' in work)
    for (let n = 0; n < work.issue; n++)
      ids.push((await provider.issue({ subject: `new ${String(n)}`, role: 'viewer' })).id);
  return ids;
}
