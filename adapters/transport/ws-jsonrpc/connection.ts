/** One client: its messages in, answers and notifications out, within its limits. */
import type { RawData, WebSocket } from 'ws';
import type { Logger } from '../../../ports/logger.js';
import type { Notification, Peer, RpcEndpoint, RpcSession } from '../../../ports/transport.js';
import { encodeAnswer, encodeNotification, failureAnswer, type Answer, type Id } from './encode.js';
import { LoginPause } from './login-pause.js';
import { classify, parseMessage, type Item } from './messages.js';
import type { Outbox, Sender } from './outbox.js';
import { writtenIds } from './raw-ids.js';
import type { RpcServer } from './rpc-server.js';

export interface ConnectionDeps {
  readonly rpc: RpcEndpoint;
  readonly server: RpcServer;
  readonly log: Logger;
  readonly outbox: Outbox;
  /** True from the moment the transport is asked to stop. */
  readonly isStopping: () => boolean;
  /** Called when the last call under way has been answered, while the transport is stopping. */
  readonly onQuiet: () => void;
  /** Called when somebody has logged in. */
  readonly onKnown: (connection: Connection) => void;
  /** Called when a credential begins to be looked at, and when that has been decided. */
  readonly onJudged: (connection: Connection, isJudged: boolean) => void;
}

const CLOSE_INTERNAL = 1011;
const AS_TEXT = { binary: false } as const;
/** Calls of a batch that run at a time: so many may still answer when there is no room left for more. */
const BATCH_AT_ONCE = 8;
/** The answers of a batch may be so many times as long as the longest message. */
const ANSWER_FACTOR = 2;
/** After it other calls are worth something else. */
const LOGIN = 'authenticate';
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Connection implements Sender {
  readonly #socket: WebSocket;
  readonly #deps: ConnectionDeps;
  readonly #gone = new AbortController();
  readonly #peer: Peer;
  #session: RpcSession | undefined;
  #active = 0;
  #isAlive = true;
  #isKnown = false;
  readonly #pause: LoginPause;
  #waiting: Buffer[] = [];
  #waitingLength = 0;

  constructor(socket: WebSocket, peer: Peer, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#peer = peer;
    this.#deps = deps;
    this.#pause = new LoginPause(socket, (text) => this.#take(text));
  }

  /** Calls under way. */
  get active(): number {
    return this.#active;
  }

  /** It came with a credential, which may be good or not. */
  get showsCredential(): boolean {
    return this.#peer.credential !== undefined;
  }

  get address(): string {
    return this.#peer.address;
  }

  open(): void {
    const socket = this.#socket;
    socket.on('error', (error) =>
      this.#deps.log.debug('websocket failed', { error, address: this.#peer.address }),
    );
    socket.once('close', () => this.#ended());
    try {
      this.#session = this.#deps.rpc.open(this.#peer, (notification) => this.#notify(notification));
    } catch (error) {
      this.#deps.log.error('a session could not be opened', { error });
      socket.close(CLOSE_INTERNAL, 'internal error');
      return;
    }
    void this.#session.judged().then(() => {
      this.#deps.onJudged(this, false);
      this.#look();
    });
    socket.on('pong', () => (this.#isAlive = true));
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
  }

  /** Asks for a sign of life, and ends the connection when the last question was not answered. */
  beat(): void {
    // Nothing is read from it, so it cannot show that it lives.
    if (this.#pause.isOn) return;
    if (!this.#isAlive) {
      this.#deps.log.info('client does not respond', { address: this.#peer.address });
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.flush();
    this.#socket.close(code, reason);
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingLength = 0;
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    for (const data of waiting) socket.send(data, AS_TEXT);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    const text = isBinary ? decoded(data as Buffer) : (data as Buffer).toString();
    const { rpc } = this.#deps;
    if (text === undefined)
      this.#send(encodeAnswer(failureAnswer(null, rpc.failure('PARSE_ERROR', 'the frame is not UTF-8'))));
    else this.#pause.pass(text);
  }

  #take(text: string): void {
    const { rpc } = this.#deps;
    const message = parseMessage(text, rpc.limits.batchItems);
    if (message.kind === 'single') this.#single(message.item, text);
    else if (message.kind === 'batch') {
      const answered = this.#batch(message.items, text);
      if (message.items.some((item) => isLogin(classify(item)))) this.#logsIn(answered);
    } else this.#send(encodeAnswer(failureAnswer(null, rpc.failure(message.code, message.hint))));
  }

  #single(item: Item, text: string): void {
    const [rawId] = writtenIds(text, [idOf(item)]);
    const told = this.#verdict(item);
    if (told === 'run' && item.kind === 'request') {
      const running = this.#run(item).then((answer) => {
        if (answer !== null) this.#send(this.#encode(answer, rawId));
      });
      if (isLogin(item)) this.#logsIn(running);
    } else if (typeof told === 'object') {
      this.#send(this.#encode(told, rawId));
    }
  }

  #logsIn(login: PromiseLike<void>): void {
    const { onJudged } = this.#deps;
    onJudged(this, true);
    this.#pause.until(login.then(() => onJudged(this, false)));
  }

  /** Takes as many of the free places as it can use, and works its items off with them. */
  async #batch(values: readonly unknown[], text: string): Promise<void> {
    const items = values.map(classify);
    const { limits } = this.#deps.rpc;
    const places = items.some(isLogin)
      ? 1
      : Math.min(items.length, BATCH_AT_ONCE, limits.inFlight - this.#active);
    let room = limits.messageBytes * ANSWER_FACTOR;
    const raw = writtenIds(text, items.map(idOf));
    const answers: string[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < items.length) {
        const index = next++;
        const item = items[index] as Item;
        // What does not fit is not run at all: its effects must not outlive an answer that says otherwise.
        const told = room > 0 ? this.#verdict(item) : this.#tooMuch(item);
        const answer = told === 'run' && item.kind === 'request' ? await this.#run(item) : told;
        if (typeof answer !== 'object' || answer === null) continue;
        const encoded = this.#encode(answer, raw[index]);
        room -= Buffer.byteLength(encoded);
        answers.push(encoded);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, places) }, work));
    if (answers.length > 0) this.#send(`[${answers.join(',')}]`);
  }

  /** The answer to an item for whose answer a batch has no room left. */
  #tooMuch(item: Item): Answer | 'silence' {
    const told = this.#verdict(item);
    if (told !== 'run' || item.kind !== 'request') return told === 'run' ? 'silence' : told;
    if (item.isNotification) return 'silence';
    const bytes = String(this.#deps.rpc.limits.messageBytes * ANSWER_FACTOR);
    return failureAnswer(
      idOf(item),
      this.#deps.rpc.failure(
        'RATE_LIMITED',
        `the responses to a batch can have at most ${bytes} bytes in total`,
      ),
    );
  }

  /** Looks whether somebody has logged in, until it was so once. */
  #look(): void {
    if (this.#isKnown || this.#session?.isAuthenticated !== true) return;
    this.#isKnown = true;
    this.#deps.onKnown(this);
  }

  /** Whether an item is to be run; if not, the answer to it, or that it gets none. */
  #verdict(item: Item): Answer | 'run' | 'silence' {
    const { rpc } = this.#deps;
    if (item.kind === 'ignored') return 'silence';
    if (item.kind === 'refused') return failureAnswer(item.id, rpc.failure(item.code, item.hint));
    const isFull = this.#active >= rpc.limits.inFlight;
    if (!isFull && !this.#deps.isStopping()) return 'run';
    if (item.isNotification) return 'silence';
    const failure = isFull
      ? rpc.failure('RATE_LIMITED', `at most ${String(rpc.limits.inFlight)} concurrent calls are allowed`)
      : rpc.failure('INVALID_STATE', 'stopping');
    return failureAnswer(idOf(item), failure);
  }

  #run(item: Extract<Item, { kind: 'request' }>): PromiseLike<Answer | null> {
    this.#active += 1;
    const session = this.#session as RpcSession;
    return this.#deps.server.run(item.request, { session, signal: this.#gone.signal }).then(
      (answer) => {
        this.#done();
        return answer;
      },
      (error: unknown) => {
        this.#done();
        this.#deps.log.error('a call failed outside its session', { error, method: item.request.method });
        return item.isNotification ? null : failureAnswer(idOf(item), this.#deps.rpc.failure('INTERNAL'));
      },
    );
  }

  #done(): void {
    this.#active -= 1;
    this.#look();
    if (this.#active === 0 && this.#deps.isStopping()) queueMicrotask(this.#deps.onQuiet);
  }

  #encode(answer: Answer, rawId: string | undefined): string {
    try {
      return encodeAnswer(answer, rawId);
    } catch (error) {
      this.#deps.log.error('a result cannot be written as JSON', { error });
      return encodeAnswer(failureAnswer(answer.id, this.#deps.rpc.failure('INTERNAL')), rawId);
    }
  }

  #notify(notification: Notification): void {
    try {
      this.#send(encodeNotification(notification));
    } catch (error) {
      this.#deps.log.error('a notification cannot be sent', { error, method: notification.method });
    }
  }

  /** In the order of the calls to it, and together with what else this turn of the event loop has to send. */
  #send(message: string | Buffer): void {
    const data = typeof message === 'string' ? Buffer.from(message) : message;
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount + this.#waitingLength > this.#deps.rpc.limits.outboundBytes) {
      this.#deps.log.warn('client reads too slowly', { address: this.#peer.address });
      this.#waiting = [];
      socket.terminate();
      return;
    }
    this.#waitingLength += data.length;
    if (this.#waiting.push(data) === 1) this.#deps.outbox.add(this);
  }

  #ended(): void {
    this.#gone.abort(new Error('the client has disconnected'));
    try {
      this.#session?.close();
    } catch (error) {
      this.#deps.log.error('a session could not be closed', { error });
    }
  }
}

/** @returns `undefined` for bytes that are no UTF-8. */
function decoded(bytes: Buffer): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function isLogin(item: Item): boolean {
  return item.kind === 'request' && item.request.method === LOGIN;
}

function idOf(item: Item): Id {
  if (item.kind === 'request') return item.request.id ?? null;
  return item.kind === 'refused' ? item.id : null;
}
