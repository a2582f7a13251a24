/** Transports that each break one rule about limits, JSON-RPC messages or batches. */
import type { RpcLimits, ServiceEndpoint, Transport } from '../../../ports/index.js';
import { memorySetting, wsSetting } from '../../worlds/transport-worlds.js';
import type { RawTestClient, TestClient, TransportSetting, TransportWorld } from '../transport.world.js';
import type { Broken } from './expect-caught.js';

const CALLS = { calls: true, events: true, files: false, health: false, jsonRpc: false, batches: false };
const WIRE = { ...CALLS, jsonRpc: true, batches: true };
const WITHIN_MS = 500;

type Json = Readonly<Record<string, unknown>>;

export const brokenWires: readonly Broken<TransportWorld>[] = [
  // Takes messages of any length.
  limited('message-size', { messageBytes: Infinity }),
  // Counts characters, not bytes.
  {
    rule: 'message-size',
    world: world(CALLS, async () => countingCharacters(await withLimits({ messageBytes: Infinity }))),
  },
  // Refuses messages that are allowed.
  limited('message-room', { messageBytes: 30_000 }),
  // Keeps any number of events for a client.
  limited('outbound', { outboundBytes: Infinity }),
  // Disconnects clients that are a little slow.
  limited('outbound-room', { outboundBytes: 30_000 }),
  // The answers carry an error that is null.
  hearing('wire-answer', (answer) => ({ error: null, ...answer })),
  // What is no JSON is passed over in silence.
  saying('wire-parse', (message) => (parsed(message) === undefined ? undefined : message)),
  // Bytes that are no UTF-8 are replaced.
  saying('wire-utf8', (message) => Buffer.from(message).toString()),
  // The version is not looked at.
  sayingEach('wire-version', (item) => ({ ...item, jsonrpc: '2.0' })),
  // What is no request is passed over in silence.
  saying('wire-request', (message) => (isObject(parsed(message)) ? message : undefined)),
  // A method may be anything.
  sayingEach('wire-request', (item) => ({ ...item, method: String(item['method']) })),
  // Positional parameters are accepted.
  sayingEach('wire-params', (item) => ('params' in item ? { ...item, params: {} } : item)),
  // Each request is answered, also one that is a notification.
  sayingEach('wire-notification', (item) => ('id' in item ? item : { ...item, id: null })),
  // Notifications are not run.
  saying('wire-notification', (message) => ('id' in (parsed(message) as Json) ? message : undefined)),
  // An id loses its type.
  hearing('wire-id', (answer) => ({ ...answer, id: String(answer['id']) })),
  // Any id will do.
  sayingEach('wire-bad-id', (item) =>
    typeof item['id'] === 'object' || item['id'] === true ? { ...item, id: 'any' } : item,
  ),
  // A second call with the same id gets lost.
  { rule: 'wire-same-id', world: world(WIRE, async () => spoilSaying(await wsSetting(), withoutRepeats())) },
  // A batch of one is taken for a call.
  saying('batch', (message) => (isAlone(message) ? message.slice(1, -1) : message)),
  // What is no request makes its batch shorter.
  saying('batch-mixed', (message) => {
    const items = parsed(message);
    return Array.isArray(items) ? JSON.stringify(items.filter(isObject)) : message;
  }),
  // A notification in a batch is answered.
  sayingEach('batch-notification', (item) => ('id' in item ? item : { ...item, id: null })),
  // An empty batch has no answer.
  saying('batch-empty', (message) => (message === '[]' ? undefined : message)),
  // A batch may have any number of calls.
  limitedWire('batch-size', { batchItems: Infinity }),
  // A batch opens the way around the limit of calls under way.
  limitedWire('batch-in-flight', { inFlight: Infinity }),
  // A batch is worked off from its end.
  saying('batch-login', (message) => {
    const items = parsed(message);
    return Array.isArray(items) ? JSON.stringify(items.reverse()) : message;
  }),
  // Says that it takes no batches, and takes them.
  { rule: 'batch-none', world: world({ ...WIRE, batches: false }, wsSetting) },
  // Does not say whether it takes batches.
  {
    rule: 'supports',
    world: world({ ...CALLS, batches: undefined as unknown as boolean }, memorySetting),
  },
];

type Make = () => Promise<TransportSetting>;
/** What is sent instead of a message; `undefined`: nothing. */
type Say = (message: string | Uint8Array) => string | Uint8Array | undefined;

function world(supports: Transport['supports'], create: Make): TransportWorld {
  return { supports, create, withinMs: WITHIN_MS };
}

/** The transport in memory works by other limits than those of the service. */
function limited(rule: string, limits: Partial<RpcLimits>): Broken<TransportWorld> {
  return { rule, world: world(CALLS, () => withLimits(limits)) };
}

/** The same for one with batches. */
function limitedWire(rule: string, limits: Partial<RpcLimits>): Broken<TransportWorld> {
  return { rule, world: world(WIRE, () => withLimits(limits, wsSetting)) };
}

async function withLimits(limits: Partial<RpcLimits>, make: Make = memorySetting): Promise<TransportSetting> {
  const setting = await make();
  const inner = setting.transport;
  const spoiled = ({ rpc, files, health }: ServiceEndpoint): ServiceEndpoint => ({
    rpc: { ...rpc, limits: { ...rpc.limits, ...limits } },
    files,
    health,
  });
  const transport: Transport = {
    name: inner.name,
    supports: inner.supports,
    start: (service, signal) => inner.start(spoiled(service), signal),
    stop: (signal) => inner.stop(signal),
    addresses: () => inner.addresses(),
  };
  return { ...setting, transport };
}

function countingCharacters(setting: TransportSetting): TransportSetting {
  const connect = async (credential?: string): Promise<TestClient> => {
    const client = await setting.connect(credential);
    const call: TestClient['call'] = async (method, params) =>
      (JSON.stringify(params)?.length ?? 0) > 65_536
        ? { error: { code: -32600, message: 'too long' } }
        : client.call(method, params);
    return { ...client, call };
  };
  return { ...setting, connect };
}

/** As if the transport took what its clients say for something else. */
function saying(rule: string, say: Say): Broken<TransportWorld> {
  return { rule, world: world(WIRE, async () => spoilSaying(await wsSetting(), say)) };
}

function sayingEach(rule: string, change: (item: Json) => Json): Broken<TransportWorld> {
  const one = (item: unknown): unknown => (isObject(item) ? change(item) : item);
  return saying(rule, (message) => {
    const value = parsed(message);
    if (value === undefined) return message;
    return JSON.stringify(Array.isArray(value) ? value.map(one) : one(value));
  });
}

/** As if the transport wrote its answers otherwise. */
function hearing(rule: string, change: (answer: Json) => Json): Broken<TransportWorld> {
  const spoil = (client: RawTestClient): RawTestClient => ({
    ...client,
    onMessage: (listen) =>
      client.onMessage((text) => listen(JSON.stringify(change(JSON.parse(text) as Json)))),
  });
  return { rule, world: world(WIRE, async () => spoilRaw(await wsSetting(), spoil)) };
}

function spoilSaying(setting: TransportSetting, say: Say): TransportSetting {
  return spoilRaw(setting, (client) => ({
    ...client,
    send: (message) => {
      const said = say(message);
      if (said !== undefined) client.send(said);
    },
  }));
}

function spoilRaw(
  setting: TransportSetting,
  spoil: (client: RawTestClient) => RawTestClient,
): TransportSetting {
  const { connectRaw } = setting;
  if (!connectRaw) throw new Error('this world has no raw clients');
  return { ...setting, connectRaw: async () => spoil(await connectRaw()) };
}

function withoutRepeats(): Say {
  const seen = new Set<unknown>();
  return (message) => {
    const { id } = parsed(message) as Json;
    if (seen.has(id)) return undefined;
    seen.add(id);
    return message;
  };
}

function parsed(message: string | Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(message).toString()) as unknown;
  } catch {
    return undefined;
  }
}

function isAlone(message: string | Uint8Array): message is string {
  const value = parsed(message);
  return Array.isArray(value) && value.length === 1;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
