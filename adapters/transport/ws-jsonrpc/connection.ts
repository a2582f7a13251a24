/** One client on a WebSocket: its frames in, answers and notifications out. */
import type { RawData, WebSocket } from 'ws';
import type { Peer } from '../../../ports/transport.js';
import {
  Conversation,
  type ConversationDeps,
  type ConversationWire,
} from '../../_shared/json-rpc/conversation.js';
import type { Outbox, Sender } from './outbox.js';

export interface ConnectionDeps extends ConversationDeps {
  readonly outbox: Outbox;
  /** Called when the answer to the last call under way has been sent, while the transport is stopping. */
  readonly onQuiet: () => void;
  /** Called when somebody has logged in. */
  readonly onKnown: (connection: Connection) => void;
  /** Called when a credential begins to be looked at, and when that has been decided. */
  readonly onJudged: (connection: Connection, isJudged: boolean) => void;
}

const CLOSE_INTERNAL = 1011;
const AS_TEXT = { binary: false } as const;

export class Connection implements Sender, ConversationWire {
  readonly #socket: WebSocket;
  readonly #deps: ConnectionDeps;
  readonly #peer: Peer;
  readonly #conversation: Conversation;
  #isAlive = true;
  #waiting: Buffer[] = [];
  #waitingLength = 0;

  constructor(socket: WebSocket, peer: Peer, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#peer = peer;
    this.#deps = deps;
    this.#conversation = new Conversation(this, deps);
  }

  /** Calls are under way, or their answers have not been sent. */
  get isBusy(): boolean {
    return this.#conversation.isBusy;
  }

  /** It came with a credential, which may be good or not. */
  get showsCredential(): boolean {
    return this.#peer.credential !== undefined;
  }

  get address(): string | undefined {
    return this.#peer.address;
  }

  open(): void {
    const socket = this.#socket;
    socket.on('error', (error) =>
      this.#deps.log.debug('websocket failed', { error, address: this.#peer.address }),
    );
    socket.once('close', () => this.#conversation.end());
    try {
      this.#conversation.open(this.#peer);
    } catch (error) {
      this.#deps.log.error('a session could not be opened', { error });
      socket.close(CLOSE_INTERNAL, 'internal error');
      return;
    }
    socket.on('pong', () => (this.#isAlive = true));
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
  }

  /** Asks for a sign of life, and ends the connection when the last question was not answered. */
  beat(): void {
    // Nothing is read from it, so it cannot show that it lives.
    if (this.#conversation.isPaused) return;
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

  /** In the order of the calls to it, and together with what else this turn of the event loop has to send. */
  send(data: Buffer): void {
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

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  judged(isJudged: boolean): void {
    this.#deps.onJudged(this, isJudged);
  }

  known(): void {
    this.#deps.onKnown(this);
  }

  quiet(): void {
    this.#deps.onQuiet();
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    if (isBinary) this.#conversation.receiveBytes(data as Buffer);
    else this.#conversation.receive((data as Buffer).toString());
  }
}
