/** Asks who is there, and hears who comes and goes. */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { PortError, type Logger } from 'mediamtx-camera-service/plugin-api';
import { GROUP, PORT, probeMessage, readAnnouncements, type Announcement } from './discovery-messages.js';

export interface Heard extends Announcement {
  /** The IP address that the message came from. */
  readonly sender: string;
}

/** Answers of a probe that is longer ago are not believed. */
const KEPT_PROBES = 4;
/** Datagrams per probe interval; more are not read. */
const MAX_DATAGRAMS = 1000;

export class Discovery {
  readonly #hear: (heard: Heard) => void;
  readonly #log: Logger;
  readonly #probes: string[] = [];
  readonly #sockets: Socket[] = [];
  #sender: Socket | undefined;
  #datagrams = 0;

  constructor(hear: (heard: Heard) => void, log: Logger) {
    this.#hear = hear;
    this.#log = log;
  }

  /**
   * @param address of the network interface; empty: the one that the system chooses.
   * @throws PortError `SOURCE_UNAVAILABLE` when it cannot listen.
   */
  async open(address: string): Promise<void> {
    try {
      // Answers to a probe come to the port that it was sent from; those who come and go tell the group.
      this.#sender = await this.#bind(0, address);
      if (address !== '') this.#sender.setMulticastInterface(address);
      this.#sender.setMulticastTTL(1);
      const group = await this.#bind(PORT, GROUP);
      group.addMembership(GROUP, address === '' ? undefined : address);
    } catch (cause) {
      this.close();
      const message = `cannot listen for WS-Discovery: ${(cause as Error).message}; set "interface" to the IPv4 address of the network of the cameras`;
      throw new PortError('SOURCE_UNAVAILABLE', { message, cause, retryable: true });
    }
  }

  /** Asks everybody. Cameras answer within half a second (APP_MAX_DELAY), unless the datagram is lost. */
  probe(): void {
    const id = randomUUID();
    this.#datagrams = 0;
    this.#probes.push(`urn:uuid:${id}`);
    this.#probes.splice(0, this.#probes.length - KEPT_PROBES);
    this.#sender?.send(probeMessage(id), PORT, GROUP, (error) => {
      if (error !== null) this.#log.warn('cameras cannot be asked', { cause: error });
    });
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
    this.#sender = undefined;
  }

  async #bind(port: number, address: string): Promise<Socket> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    this.#sockets.push(socket);
    socket.on('message', (datagram, { address: sender }) => this.#read(datagram, sender));
    socket.bind(port, address === '' ? undefined : address);
    await once(socket, 'listening');
    socket.on('error', (cause) => this.#log.warn('a socket of WS-Discovery failed', { cause }));
    return socket;
  }

  #read(datagram: Uint8Array, sender: string): void {
    this.#datagrams += 1;
    if (this.#datagrams > MAX_DATAGRAMS) return;
    for (const each of readAnnouncements(datagram))
      // An answer names what it answers; Hello and Bye answer nothing.
      if (each.relatesTo === '' || this.#probes.includes(each.relatesTo)) this.#hear({ ...each, sender });
  }
}
