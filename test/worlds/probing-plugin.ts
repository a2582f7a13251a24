/** A plugin whose probe does what the locator of its camera says, and tells what came of it as the card. */
import { definePlugin, PortError, type AdapterContext } from '../../plugins/api/index.js';
import { spawnOwned } from '../../plugins/kit/index.js';
import type { Transport } from '../../ports/index.js';

type Deed = (context: AdapterContext, argument: string) => Promise<unknown> | unknown;

const DEEDS: Readonly<Record<string, Deed>> = {
  read: ({ state }, key) => state.read(key),
  count: ({ state }, key) => state.update(key, (document) => ((document as number | undefined) ?? 0) + 1),
  keys: ({ state }) => state.keys(),
  'change-and-throw': ({ state }, key) =>
    state.update(key, () => {
      throw new PortError('STATE_CORRUPT', { message: 'planted' });
    }),
  changed: async ({ state }, key) => {
    const change = new Promise<string>((resolve) => state.watch(key, () => resolve('changed')));
    await state.write(key, 'written');
    return await change;
  },
  listen: ({ listeners }) => listeners.api.address(),
  option: ({ keyOf }, option) => keyOf(option),
  time: ({ clock }) => clock.monotonicMs(),
  log: ({ log }, text) => log.child({ from: 'child' }).warn(text, { cause: new PortError('NO_FRAME') }),
  refuse: () => {
    const detail = { holder: 'another program' };
    throw new PortError('DEVICE_BUSY', {
      message: 'planted',
      retryable: true,
      detail,
      cause: new RangeError('inner'),
    });
  },
  spawn: async ({ directories }) =>
    (await spawnOwned({ label: 'sleep', command: 'sleep', args: ['600'], runDir: directories.run })).pid,
  exit: () => process.exit(3),
};

function transport(): Transport {
  const supports = {
    calls: true,
    events: false,
    files: false,
    health: false,
    jsonRpc: false,
    batches: false,
  };
  let isUp = false;
  return {
    name: 'probing',
    supports,
    start: async ({ rpc }, signal) => {
      const session = rpc.open({ transport: 'probing', address: 'probing:1' }, () => undefined);
      await session.call({ method: 'echo', params: { started: true } }, signal);
      isUp = true;
    },
    stop: async () => void (isUp = false),
    addresses: () => (isUp ? ['probing:up'] : []),
  };
}

export default definePlugin({
  name: 'probing',
  apiVersion: 1,
  setup(context) {
    context.provide('CameraProbe', 'probing', {
      kinds: ['probing'],
      create: (adapter) => ({
        name: 'probing',
        supports: { kinds: ['probing'] },
        probe: async ({ locator, name }) => {
          const outcome = await DEEDS[locator]?.(adapter, name);
          return { driver: '', card: JSON.stringify(outcome) ?? '', bus: '', formats: [], controls: [] };
        },
      }),
    });
    context.provide('Transport', 'probing', transport);
  },
});
