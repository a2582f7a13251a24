/** The process file of an isolated plugin: a thread or a process that does nothing but run that plugin. */
import { parentPort } from 'node:worker_threads';
import { createSystemClock } from '../adapters/clock/system/system-clock.js';
import type { Channel } from '../plugins/isolation/link.js';
import { Runner } from '../plugins/isolation/runner.js';
import { Leftovers } from '../plugins/leftovers/leftovers.js';
import { importPlugin } from './import-plugin.js';
import { INSTALLATION } from './installation.js';
import type { PluginPackage } from './plugin-package.js';

const leftovers = new Leftovers({ installation: INSTALLATION, isAlone: true });
const runner = new Runner(channel(), {
  clock: createSystemClock(),
  importPlugin: (found, deadlineMs, signal) => {
    leftovers.watch(found as PluginPackage);
    return importPlugin(found as PluginPackage, deadlineMs, signal);
  },
  left: async () => (await Promise.all(leftovers.plugins.map((each) => leftovers.left(each)))).flat(),
});

if (parentPort === null) {
  // In a thread the service hears of it anyway.
  process.on('uncaughtExceptionMonitor', (cause) => runner.lastWords(cause));
  process.on('disconnect', () => process.exit());
}

function channel(): Channel {
  const port = parentPort;
  if (port !== null)
    return {
      handsOver: true,
      post: (message, bytes) => port.postMessage(message, bytes),
      listen: (listener) => void port.on('message', listener),
    };
  return {
    handsOver: false,
    // What is sent to a service that has just ended has nobody to read it.
    post: (message) => void process.send?.(message, undefined, {}, () => undefined),
    listen: (listener) => void process.on('message', listener),
  };
}
