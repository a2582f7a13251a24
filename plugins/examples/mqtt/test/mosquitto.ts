/** A Mosquitto of the test's own on loopback, and its command-line clients. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts, until } from 'mediamtx-camera-service/testing';

const run = promisify(execFile);
const WITHIN_MS = 10_000;
/** Debian has it where only administrators look. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;

export const USER = 'cameras';
export const PASSWORD = 'pa55-of-the-test';

export interface Heard {
  readonly topic: string;
  readonly retain: boolean;
  readonly payload: Buffer;
}

export class Mosquitto {
  readonly folder = mkdtempSync(join(tmpdir(), 'mqtt-plugin-'));
  readonly port: number;
  readonly tlsPort: number;
  #child: ChildProcess | undefined;

  private constructor(port: number, tlsPort: number) {
    this.port = port;
    this.tlsPort = tlsPort;
  }

  static async start(): Promise<Mosquitto> {
    const [port = 0, tlsPort = 0] = await freePorts(2);
    const broker = new Mosquitto(port, tlsPort);
    broker.#configure();
    await broker.up();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${String(this.port)}`;
  }

  get caFile(): string {
    return join(this.folder, 'cert.pem');
  }

  async up(): Promise<void> {
    const config = join(this.folder, 'mosquitto.conf');
    this.#child = spawn('mosquitto', ['-c', config], { env: { PATH }, stdio: 'ignore' });
    this.#child.on('error', () => undefined);
    await until('a broker that listens', () => isListening(this.port), WITHIN_MS);
  }

  async down(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async dispose(): Promise<void> {
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async publish(topic: string, payload: string | Buffer, ...more: readonly string[]): Promise<void> {
    const file = join(this.folder, 'payload');
    writeFileSync(file, payload);
    await run('mosquitto_pub', [...this.#client(), '-t', topic, '-f', file, '-q', '1', ...more]);
  }

  /** Hears everything below a topic until it is closed. */
  async listen(topic = '#'): Promise<{ readonly heard: readonly Heard[]; close(): void }> {
    const heard: Heard[] = [];
    const ready = `ready/${String(Math.random())}`;
    const child = spawn('mosquitto_sub', [...this.#client(), '-t', topic, '-t', ready, '-F', '%t %r %x']);
    let isReady = false;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [name = '', retain, hex = ''] = line.split(' ');
      if (name === ready) isReady = true;
      else heard.push({ topic: name, retain: retain === '1', payload: Buffer.from(hex, 'hex') });
    });
    // A subscription is known to hold when something arrives by it.
    const isHeard = async (): Promise<boolean> => {
      if (!isReady) await this.publish(ready, '1');
      return isReady;
    };
    await until('a subscription', isHeard, WITHIN_MS);
    return { heard, close: () => void child.kill() };
  }

  #client(): readonly string[] {
    return ['-h', '127.0.0.1', '-p', String(this.port), '-u', USER, '-P', PASSWORD];
  }

  #configure(): void {
    const passwords = join(this.folder, 'passwords');
    const [key, cert] = [join(this.folder, 'key.pem'), this.caFile];
    execFileSync('mosquitto_passwd', ['-b', '-c', passwords, USER, PASSWORD], { env: { PATH } });
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', [...request, ...subject, '-days', '2', '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    const lines = [
      'user root',
      'allow_anonymous false',
      `password_file ${passwords}`,
      `listener ${String(this.port)} 127.0.0.1`,
      `listener ${String(this.tlsPort)} 127.0.0.1`,
      `certfile ${cert}`,
      `keyfile ${key}`,
    ];
    writeFileSync(join(this.folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
