/** `npm run check`: the check of the service, with a broker to which the transport can connect. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Mosquitto, PASSWORD, USER } from './mosquitto.js';

const broker = await Mosquitto.start();
try {
  const settings = { url: broker.url, username: USER, password: PASSWORD };
  const words = Object.entries(settings).flatMap(([key, value]) => [
    '--set',
    `Transport/mqtt.${key}=${value}`,
  ]);
  const more = process.argv.slice(2);
  const child = spawn('camera-service', ['plugin', 'check', '.', ...words, ...more], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  await broker.dispose();
}
