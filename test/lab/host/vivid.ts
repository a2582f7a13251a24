/** The kernel's virtual camera `vivid`, whose controls make faults that only a driver can make. */
import { until } from '../../worlds/media.js';
import { guest } from '../hooks.js';
import { LAB_DIR } from './places.js';

/** Its only node, as long as no other camera is plugged in. */
export const VIVID_NODE = '/dev/video0';
const WITHIN_MS = 60_000;

export async function loadVivid(): Promise<void> {
  const { code, stderr } = await guest().exec(
    'modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0',
  );
  if (code !== 0 || stderr !== '') throw new Error(`modprobe vivid: ${stderr}`);
  await guest().waitForPath(VIVID_NODE, WITHIN_MS);
}

/** Waits until nobody uses it any more. */
export async function unloadVivid(): Promise<void> {
  const unload = async (): Promise<boolean> => (await guest().exec('modprobe -r vivid')).code === 0;
  await until('vivid unloaded', unload, WITHIN_MS);
}

/** From here on every call answers ENODEV, without an event; its node stays. @returns what takes that back. */
export async function disconnectVivid(): Promise<() => Promise<void>> {
  const { id } = await guest().spawn([
    process.execPath,
    `${LAB_DIR}/guest/adapters.mjs`,
    'disconnect',
    VIVID_NODE,
  ]);
  const isDone = async (): Promise<boolean> => {
    const { stdout, stderr, running } = await guest().process(id);
    if (!running) throw new Error(`vivid was not disconnected: ${stderr}`);
    return stdout !== '';
  };
  await until('disconnection', isDone, WITHIN_MS);
  return () => guest().kill(id, 'SIGKILL');
}
