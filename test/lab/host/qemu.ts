/** One QEMU and its monitor. Software emulation: runs anywhere and needs no rights. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';

export interface QemuOptions {
  /** Folder with the kernel and the first root. */
  readonly images: string;
  /** Path of the log of the serial console. */
  readonly log: string;
  /** What the guest's first process finds in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** TCP port of the guest that is forwarded from the start. */
  readonly agentPort: number;
  readonly memoryMiB: number;
  readonly processors: number;
}

/**
 * Quiet, no mitigations, no self-tests: each of them costs boot time under emulation. No USB autosuspend: the virtual hub can
 * wake one port at a time only, and of several cameras opened at once after two idle seconds all but one would answer EBUSY.
 * The old scheme of enumeration resets a device once instead of twice, which saves a tenth of a second for each plug.
 */
const KERNEL_ARGUMENTS = [
  'console=ttyS0 quiet loglevel=3 panic=-1 rdinit=/init mitigations=off audit=0 lsm= init_on_alloc=0',
  'random.trust_cpu=on usbcore.autosuspend=-1 usbcore.old_scheme_first=1 tsc=reliable no_timer_check rcupdate.rcu_expedited=1 nowatchdog',
  'cryptomgr.notests',
].join(' ');

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

export class Qemu {
  hasEnded = false;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #rest = '';

  constructor(options: QemuOptions) {
    // setpriv ties QEMU's life to ours: no guest outlives a killed test process.
    const argv = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...machine(options)];
    const child = spawn('setpriv', argv, { stdio: ['pipe', 'pipe', openSync(`${options.log}.qemu`, 'w')] });
    this.#child = child as unknown as ChildProcessWithoutNullStreams;
    this.#ended = once(child, 'exit').then(() => {
      this.hasEnded = true;
      for (const tell of this.#waiting.splice(0)) tell({ error: { desc: 'qemu has ended' } });
    });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#read(text);
    });
  }

  async command(execute: string, argumentsOf?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.hasEnded) throw new Error('qemu has ended');
    const answer = new Promise<Answer>((resolve) => {
      this.#waiting.push(resolve);
    });
    this.#child.stdin.write(`${JSON.stringify({ execute, arguments: argumentsOf })}\n`);
    const { error, return: result } = await answer;
    if (error !== undefined) throw new Error(`qemu ${execute}: ${error.desc}`);
    return result;
  }

  /** Adds a forward from a free loopback port of the host. @returns that port. */
  async forward(guestPort: number): Promise<number> {
    // The port is the system's choice, so that two guests never collide.
    const complaint = await this.#monitor(`hostfwd_add n0 tcp:127.0.0.1:0-127.0.0.1:${String(guestPort)}`);
    if (complaint.trim() !== '') throw new Error(complaint.trim());
    return this.hostPort(guestPort);
  }

  /** Reads the host's port of a forward from the table of user-mode connections. */
  async hostPort(guestPort: number): Promise<number> {
    const table = await this.#monitor('info usernet');
    const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
    const row = rows.find((f) => f[0] === 'TCP[HOST_FORWARD]' && f[5] === String(guestPort));
    if (row === undefined) throw new Error(`no forward to guest port ${String(guestPort)}:\n${table}`);
    return Number(row[3]);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #monitor(line: string): Promise<string> {
    return String(await this.command('human-monitor-command', { 'command-line': line }));
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as Answer;
      if ('return' in message || 'error' in message) this.#waiting.shift()?.(message);
    }
  }
}

function machine({ images, log, env, agentPort, memoryMiB, processors }: QemuOptions): readonly string[] {
  const words = Object.entries(env).map(([name, value]) => `${name}="${value}"`);
  return [
    ...['-M', 'q35,usb=off,smm=off,vmport=off,hpet=off', '-accel', 'tcg,thread=multi,tb-size=512'],
    ...['-cpu', 'max,la57=off', '-smp', String(processors), '-m', String(memoryMiB)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-serial', `file:${log}`, '-qmp', 'stdio'],
    ...['-kernel', join(images, 'vmlinux'), '-initrd', join(images, 'initramfs.cpio')],
    ...['-append', `${KERNEL_ARGUMENTS} ${words.join(' ')}`],
    ...['-fsdev', 'local,id=r,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=r,mount_tag=hostroot,romfile='],
    // restrict=on: the guest reaches nothing outside; only forwards lead in.
    ...['-netdev', `user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:0-:${String(agentPort)}`],
    ...['-device', 'virtio-net-pci,netdev=n0,romfile='],
  ];
}
