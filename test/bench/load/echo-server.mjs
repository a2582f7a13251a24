/** The reference: a bare `ws` server. Sends back what it gets; `fan <n>` makes it send a message of n bytes to everybody. */
import process from 'node:process';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });

server.on('connection', (socket) => {
  socket.on('message', (/** @type {Buffer} */ data, isBinary) => {
    const text = data.length < 20 ? data.toString() : '';
    if (text.startsWith('fan ')) fanOut(Number(text.slice(4)));
    else socket.send(data, { binary: isBinary });
  });
});
server.on('listening', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.send?.({ port: address.port });
});

/** @param {number} bytes */
function fanOut(bytes) {
  const head = `{"t":${(performance.timeOrigin + performance.now()).toFixed(3)},"x":"`;
  const text = `${head}${'x'.repeat(Math.max(0, bytes - head.length - 2))}"}`;
  for (const client of server.clients) client.send(text);
}
