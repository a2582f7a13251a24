/**
 * Node opens its debugger, to every user of this machine, when it gets SIGUSR1 and nobody listens for it. To be imported before
 * everything else. Who wants the debugger asks for it: NODE_OPTIONS=--inspect.
 */
import inspector from 'node:inspector';

process.on('SIGUSR1', () => undefined);

const isWanted = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((words) =>
  words.includes('--inspect'),
);

/** A signal that came before this line has opened it already, or does so in a moment. */
function shut() {
  if (!isWanted && inspector.url() !== undefined) inspector.close();
}

shut();
setImmediate(shut);
