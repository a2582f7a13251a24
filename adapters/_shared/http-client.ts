/**
 * Calls to an HTTP API that may be away. One place retries (axios-retry: two quick repetitions of calls that may be repeated),
 * one place gives up (a circuit breaker around it); nothing else in the house does either.
 */
import { Agent, type AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import axios, { isAxiosError, type AxiosError, type AxiosInstance } from 'axios';
import axiosRetry, { isNetworkError } from 'axios-retry';
import { CircuitOpenError, createCircuit, type BreakerOptions, type Circuit } from './breaker.js';

export { CircuitOpenError, type BreakerOptions } from './breaker.js';

declare module 'axios' {
  interface AxiosRequestConfig {
    /** The call may be sent twice without harm, whatever its verb. */
    idempotent?: boolean;
  }
}

export interface HttpClientOptions {
  readonly baseUrl: string;
  readonly user?: string;
  readonly password?: string;
  /** Bound of each try. Default 2 s. */
  readonly timeoutMs?: number;
  /** Bound of one call with its repetitions. Default 4 s. */
  readonly timeLimitMs?: number;
  /** Repetitions of a call that may be repeated. Default 2. */
  readonly retries?: number;
  /** Pause before the first repetition; the second waits twice as long. Default 50 ms. */
  readonly retryDelayMs?: number;
  readonly breaker?: BreakerOptions;
  /** A connection has ended, or a call has failed: a hint that the other side may be gone. */
  readonly onTrouble?: () => void;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** The call may be sent twice without harm. Default: GET only. */
  readonly idempotent?: boolean;
}

export interface HttpReply {
  readonly status: number;
  readonly body: unknown;
}

/** The other side did not answer, or with 5xx. Carries no part of the request, which may hold secrets. */
export class HttpFailure extends Error {
  constructor(
    readonly code: string,
    readonly status?: number,
  ) {
    super(status === undefined ? `no answer (${code})` : `answered with status ${status}`);
  }
}

export interface HttpClient {
  /**
   * Every answer below 500 is a reply.
   * @throws HttpFailure, CircuitOpenError, or the signal's reason.
   */
  request(call: HttpCall, signal: AbortSignal): Promise<HttpReply>;
  /** One try past the circuit breaker and without repetition, for watching whether somebody is there. @throws HttpFailure */
  probe(path: string, signal: AbortSignal): Promise<HttpReply>;
  readonly isOpen: boolean;
  /** Closes the circuit at once: for a caller who knows that the other side is back. */
  reset(): void;
  close(): void;
}

const MAX_BODY_BYTES = 4 * 1024 * 1024;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const onTrouble = options.onTrouble ?? (() => undefined);
  const agent = new WatchedAgent({ keepAlive: true, maxSockets: 8 }, onTrouble);
  const plain = createInstance(options, agent);
  const retrying = createInstance(options, agent);
  const { retries = 2, retryDelayMs = 50 } = options;
  axiosRetry(retrying, {
    retries,
    retryDelay: (count) => retryDelayMs * count,
    // Otherwise the time-out of a try is what the tries before it left over.
    shouldResetTimeout: true,
    retryCondition: (error) =>
      error.config?.idempotent === true && (isNetworkError(error) || isServerFault(error)),
  });
  const circuit: Circuit = createCircuit(options.breaker ?? {}, options.timeLimitMs ?? 4_000, isFailure);
  return {
    get isOpen() {
      return circuit.isOpen;
    },
    reset: () => circuit.reset(),
    close: () => agent.destroy(),
    probe: (path, signal) => send(plain, { method: 'GET', path }, signal),
    async request(call, signal) {
      signal.throwIfAborted();
      try {
        return await circuit.run((joined) => send(retrying, call, joined), signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        onTrouble();
        if (error instanceof HttpFailure || error instanceof CircuitOpenError) throw error;
        throw new HttpFailure('ETIMEDOUT');
      }
    },
  };
}

/** Connections are kept open between calls, so that the end of one tells of the other side's end without asking. */
class WatchedAgent extends Agent {
  constructor(
    options: AgentOptions,
    private readonly onClose: () => void,
  ) {
    super(options);
  }

  override createConnection(...args: Parameters<Agent['createConnection']>): Duplex | null | undefined {
    const socket = super.createConnection(...args);
    socket?.once('close', this.onClose);
    return socket;
  }
}

function createInstance(options: HttpClientOptions, httpAgent: Agent): AxiosInstance {
  const { baseUrl, user, password, timeoutMs = 2_000 } = options;
  return axios.create({
    baseURL: baseUrl,
    adapter: 'http',
    // The proxy of the environment is for the world outside, never for our own server.
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    maxBodyLength: MAX_BODY_BYTES,
    timeout: timeoutMs,
    httpAgent,
    validateStatus: (status) => status < 500,
    ...(user === undefined ? {} : { auth: { username: user, password: password ?? '' } }),
  });
}

async function send(instance: AxiosInstance, call: HttpCall, signal: AbortSignal): Promise<HttpReply> {
  const { method, path, body, idempotent = method === 'GET' } = call;
  try {
    const reply = await instance.request<unknown>({ method, url: path, data: body, idempotent, signal });
    return { status: reply.status, body: reply.data };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (isAxiosError(error)) throw new HttpFailure(error.code ?? 'EFAILED', error.response?.status);
    throw error;
  }
}

function isServerFault(error: AxiosError): boolean {
  return (error.response?.status ?? 0) >= 500;
}

function isFailure(error: Error): boolean {
  return error instanceof HttpFailure;
}
