/** Requests byte for byte as they are given, for what no well-behaved client would send. */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** @param lines the head of the request without `Host` and the empty line. @param body follows it as it is. */
export async function rawRequest(
  port: number,
  lines: readonly string[],
  { body = '', withinMs = 20_000 }: { readonly body?: string; readonly withinMs?: number } = {},
): Promise<RawAnswer> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.setTimeout(withinMs, () => socket.destroy(new Error(`no answer within ${String(withinMs)} ms`)));
  const [first = '', ...rest] = lines;
  const head = [first, 'Host: 127.0.0.1', ...rest, 'Connection: close', '', ''];
  socket.write(Buffer.from(head.join('\r\n') + body, 'latin1'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('latin1');
  const cut = text.indexOf('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
    head: text.slice(0, cut),
    body: text.slice(cut + 4),
  };
}
