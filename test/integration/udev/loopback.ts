import { loadLibc } from '../../../adapters/_shared/v4l2/libc.js';

/** A fresh namespace has a loopback that is down. */
export async function raiseLoopback(): Promise<void> {
  const [AF_INET, SOCK_DGRAM, SIOCSIFFLAGS, IFF_UP] = [2, 2, 0x8914, 1];
  const libc = await loadLibc();
  const { value: fd } = libc.socket(AF_INET, SOCK_DGRAM, 0);
  const request = Buffer.alloc(40);
  request.write('lo');
  request.writeUInt16LE(IFF_UP, 16);
  const { value, errno } = libc.ioctl(fd, SIOCSIFFLAGS, request);
  libc.close(fd);
  if (value < 0) throw new Error(`loopback: errno ${String(errno)}`);
}
