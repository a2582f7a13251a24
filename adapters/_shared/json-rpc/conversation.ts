/** What one client says in JSON-RPC 2.0, and what it is answered, within its limits. How messages travel is the wire's business. */
import type { Logger } from '../../../ports/logger.js';
import type { Notification, Peer, RpcEndpoint, RpcSession } from '../../../ports/transport.js';
import { encodeAnswer, encodeNotification, failureAnswer, type Answer } from './encode.js';
import { LoginPause, type Pausable } from './login-pause.js';
import { classify, idOf, isLogin, parseMessage, type Item } from './messages.js';
import { writtenIds } from './raw-ids.js';
import type { RpcServer } from './rpc-server.js';

/** The way to the client, and what it has to know of the conversation. */
export interface ConversationWire extends Pausable {
  /** Sends one message after those handed over before. Does nothing when the client is gone. */
  send(message: Buffer): void;
  /** A credential begins to be looked at, or that has been decided. */
  judged(isJudged: boolean): void;
  /** Somebody has logged in. */
  known(): void;
  /** The answer to the last call under way has been sent. */
  quiet(): void;
}

export interface ConversationDeps {
  readonly rpc: RpcEndpoint;
  readonly server: RpcServer;
  readonly log: Logger;
  /** True from the moment the transport is asked to stop. */
  readonly isStopping: () => boolean;
}

/** Calls of a batch that run at a time: so many may still answer when there is no room left for more. */
const BATCH_AT_ONCE = 8;
/** The answers of a batch may be so many times as long as the longest message. */
const ANSWER_FACTOR = 2;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Conversation {
  readonly #wire: ConversationWire;
  readonly #deps: ConversationDeps;
  readonly #gone = new AbortController();
  readonly #pause: LoginPause;
  #session: RpcSession | undefined;
  #active = 0;
  /** Messages whose answer has not been sent. */
  #answering = 0;
  #isKnown = false;

  constructor(wire: ConversationWire, deps: ConversationDeps) {
    this.#wire = wire;
    this.#deps = deps;
    this.#pause = new LoginPause(wire, (text) => this.#take(text));
  }

  /** Calls are under way, or their answers have not been sent. */
  get isBusy(): boolean {
    return this.#answering > 0;
  }

  /** Nothing is read from the client until a login has been decided. */
  get isPaused(): boolean {
    return this.#pause.isOn;
  }

  /** @throws whatever the service throws that cannot open a session. */
  open(peer: Peer): void {
    this.#session = this.#deps.rpc.open(peer, (notification) => this.#notify(notification));
    void this.#session.judged().then(() => {
      this.#wire.judged(false);
      this.#look();
    });
  }

  /** Takes one message that is no longer than allowed. */
  receive(text: string): void {
    this.#pause.pass(text);
  }

  /** The same for bytes that may be no text. */
  receiveBytes(bytes: Uint8Array): void {
    const text = decoded(bytes);
    if (text === undefined) this.refuse('PARSE_ERROR', 'the message is not UTF-8');
    else this.receive(text);
  }

  /** Answers a message that cannot even be read. */
  refuse(code: string, hint: string): void {
    this.#send(encodeAnswer(failureAnswer(null, this.#deps.rpc.failure(code, hint))));
  }

  /** The client is gone. */
  end(): void {
    this.#gone.abort(new Error('the client has disconnected'));
    try {
      this.#session?.close();
    } catch (error) {
      this.#deps.log.error('a session could not be closed', { error });
    }
  }

  #take(text: string): void {
    const message = parseMessage(text, this.#deps.rpc.limits.batchItems);
    if (message.kind === 'single') this.#single(message.item, text);
    else if (message.kind === 'batch') {
      this.#answering += 1;
      const answered = this.#batch(message.items, text).finally(() => this.#answered());
      if (message.items.some((item) => isLogin(classify(item)))) this.#logsIn(answered);
    } else this.refuse(message.code, message.hint);
  }

  #single(item: Item, text: string): void {
    const [rawId] = writtenIds(text, [idOf(item)]);
    const told = this.#verdict(item);
    if (told === 'run' && item.kind === 'request') {
      this.#answering += 1;
      const running = this.#run(item).then((answer) => {
        if (answer !== null) this.#send(this.#encode(answer, rawId));
        this.#answered();
      });
      if (isLogin(item)) this.#logsIn(running);
    } else if (typeof told === 'object') {
      this.#send(this.#encode(told, rawId));
    }
  }

  #logsIn(login: PromiseLike<void>): void {
    this.#wire.judged(true);
    this.#pause.until(login.then(() => this.#wire.judged(false)));
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
    this.#wire.known();
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
  }

  #answered(): void {
    this.#answering -= 1;
    if (this.#answering === 0) this.#wire.quiet();
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

  #send(message: string | Buffer): void {
    this.#wire.send(typeof message === 'string' ? Buffer.from(message) : message);
  }
}

/** @returns `undefined` for bytes that are no UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
