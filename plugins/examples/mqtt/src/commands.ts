/** What clients of the broker ask for, run as calls with the rights of the API key. */
import { ServiceCallError, type ServiceClient } from 'mediamtx-camera-service/kit';
import type { AdapterContext, RpcEndpoint, RpcFailure } from 'mediamtx-camera-service/plugin-api';
import type { MqttOptions } from './options.js';
import type { Message } from './outbox.js';
import type { DeviceCommand, Topics } from './topics.js';

export interface CommandDeps extends Pick<AdapterContext, 'log'> {
  readonly config: Pick<MqttOptions, 'commands'>;
  readonly rpc: RpcEndpoint;
  readonly client: ServiceClient;
  readonly topics: Topics;
  publish(message: Message): void;
}

interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

type Id = string | number | null;
interface Request extends Call {
  /** Absent: nobody waits for the answer. */
  readonly id?: Id;
}

/** What cannot be run. `code` is one that the service makes a failure of. */
class Refusal extends Error {
  readonly failure: RpcFailure;
  readonly id: Id;

  constructor(failure: RpcFailure, id: Id = null) {
    super(failure.message);
    this.failure = failure;
    this.id = id;
  }
}

export class Commands {
  readonly #deps: CommandDeps;
  #running = 0;

  constructor(deps: CommandDeps) {
    this.#deps = deps;
  }

  /** The topics to subscribe to. Without methods, nothing can be asked for. */
  static topics({ commands }: Pick<MqttOptions, 'commands'>, topics: Topics): readonly string[] {
    return commands.length === 0 ? [] : [topics.request, ...topics.commands];
  }

  /** Never throws. */
  receive(topic: string, payload: Uint8Array): void {
    const { topics } = this.#deps;
    const command = topics.parse(topic);
    if (command !== undefined) void this.#runCommand(command, payload);
    else if (topic === topics.request) void this.#runRequest(payload);
  }

  /** A command of a device has no answer: what has changed is seen in its state, and a refusal in a topic of its own. */
  async #runCommand(
    { device, what }: { readonly device: string; readonly what: DeviceCommand },
    payload: Uint8Array,
  ): Promise<void> {
    const { topics } = this.#deps;
    const text = Buffer.from(payload.subarray(0, 64)).toString();
    try {
      await this.#run(this.#callOf(what, text, device));
    } catch (cause) {
      const { message, data } = this.#failureOf(cause);
      this.#publish(topics.refused, { device, command: what, code: data.code, message, hint: data['hint'] });
    }
  }

  async #runRequest(payload: Uint8Array): Promise<void> {
    const { topics } = this.#deps;
    let id: Id | undefined = null;
    try {
      const request = this.#parse(payload);
      id = request.id;
      const result = await this.#run(request);
      if (id !== undefined) this.#publish(topics.response, { jsonrpc: '2.0', id, result });
    } catch (cause) {
      const { rpcCode: code, message, data } = this.#failureOf(cause);
      const answered = cause instanceof Refusal ? cause.id : id;
      if (answered !== undefined)
        this.#publish(topics.response, { jsonrpc: '2.0', id: answered, error: { code, message, data } });
    }
  }

  #callOf(what: DeviceCommand, text: string, device: string): Call {
    if (what === 'snapshot') return { method: 'take_snapshot', params: { device } };
    if (text === 'ON') return { method: 'start_recording', params: { device } };
    if (text === 'OFF') return { method: 'stop_recording', params: { device } };
    throw new Refusal(this.#deps.rpc.failure('INVALID_REQUEST', 'the payload must be ON or OFF'));
  }

  #parse(payload: Uint8Array): Request {
    const { rpc } = this.#deps;
    if (payload.length > rpc.limits.messageBytes)
      throw new Refusal(
        rpc.failure('INVALID_REQUEST', `a message has at most ${String(rpc.limits.messageBytes)} bytes`),
      );
    const value = this.#json(payload);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Refusal(rpc.failure('INVALID_REQUEST', 'a request is one object; batches are not supported'));
    const { id, jsonrpc, method, params = {} } = value as Partial<Record<keyof Request | 'jsonrpc', unknown>>;
    if (id !== undefined && !isId(id))
      throw new Refusal(rpc.failure('INVALID_REQUEST', 'id must be a string or a number'));
    const isRequest = jsonrpc === '2.0' && typeof method === 'string';
    if (!isRequest) throw new Refusal(rpc.failure('INVALID_REQUEST'), id);
    return { method, params: this.#paramsOf(params, id), ...(id === undefined ? {} : { id }) };
  }

  #paramsOf(params: unknown, id: Id | undefined): Call['params'] {
    const { rpc } = this.#deps;
    if (typeof params !== 'object' || params === null || Array.isArray(params))
      throw new Refusal(rpc.failure('INVALID_PARAMS', 'params must be an object'), id);
    if ('auth_token' in params)
      throw new Refusal(rpc.failure('INVALID_PARAMS', 'calls are made with the API key of the plugin'), id);
    return params as Call['params'];
  }

  #json(payload: Uint8Array): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown;
    } catch {
      throw new Refusal(this.#deps.rpc.failure('PARSE_ERROR'));
    }
  }

  async #run({ method, params, id }: Request): Promise<unknown> {
    const { config, rpc, client } = this.#deps;
    if (!config.commands.includes(method)) throw new Refusal(rpc.failure('METHOD_NOT_FOUND', method), id);
    if (this.#running >= rpc.limits.inFlight) throw new Refusal(rpc.failure('RATE_LIMITED'), id);
    this.#running += 1;
    try {
      return await client.call(method, params);
    } finally {
      this.#running -= 1;
    }
  }

  #failureOf(cause: unknown): RpcFailure {
    const { rpc, log } = this.#deps;
    if (cause instanceof Refusal || cause instanceof ServiceCallError) return cause.failure;
    log.debug('a command was broken off', { cause });
    return rpc.failure('INVALID_STATE', 'the service is stopping');
  }

  #publish(topic: string, value: unknown): void {
    this.#deps.publish({ topic, payload: JSON.stringify(value), retain: false });
  }
}

function isId(id: unknown): id is Id {
  return typeof id === 'string' || typeof id === 'number' || id === null;
}
