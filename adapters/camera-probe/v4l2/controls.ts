import type { CameraControl } from '../../../ports/camera-probe.js';
import type { V4l2Device } from '../../_shared/v4l2/device.js';
import { CONTROL_FLAG_DISABLED, NEXT_CONTROL, SIZE, textAt } from '../../_shared/v4l2/layout.js';

/** Bounds for drivers that never say "no more". */
const MOST = { controls: 256, menuItems: 64 } as const;
const NO_MORE = ['EINVAL'];
/** A control that cannot be asked now (the camera answers a single one with an error) does not hide the others. */
const UNREADABLE = ['EIO', 'EPIPE', 'EPROTO', 'ETIMEDOUT', 'EACCES', 'ERANGE'];

const TYPES: Readonly<Record<number, CameraControl['type']>> = {
  1: 'integer',
  2: 'boolean',
  3: 'menu',
  4: 'button',
  5: 'integer',
  9: 'menu',
};
const TYPE_CLASS = 6;
const TYPE_INTEGER_MENU = 9;

interface Described {
  readonly id: number;
  readonly type: number;
  readonly flags: number;
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
  readonly default: number;
}

/** All controls that are not disabled, in the order of the driver. Asking talks to the camera. */
export async function readControls(
  device: V4l2Device,
  signal: AbortSignal,
): Promise<readonly CameraControl[]> {
  const controls: CameraControl[] = [];
  let last = 0;
  for (let count = 0; count < MOST.controls; count++) {
    signal.throwIfAborted();
    const found = await nextControl(device, last);
    if (found === undefined || found.id <= last) break;
    last = found.id;
    if (found.type === TYPE_CLASS || (found.flags & CONTROL_FLAG_DISABLED) !== 0) continue;
    controls.push(await describe(device, found));
  }
  return controls;
}

/** The wide request first; drivers from before it know the narrow one. */
async function nextControl(device: V4l2Device, last: number): Promise<Described | undefined> {
  const wide = Buffer.alloc(SIZE.queryExtCtrl);
  wide.writeUInt32LE((last | NEXT_CONTROL) >>> 0, 0);
  if (await device.command('QUERY_EXT_CTRL', wide, [...NO_MORE, ...UNREADABLE, 'ENOTTY']))
    return readWide(wide);
  const narrow = Buffer.alloc(SIZE.queryctrl);
  narrow.writeUInt32LE((last | NEXT_CONTROL) >>> 0, 0);
  if (await device.command('QUERYCTRL', narrow, [...NO_MORE, ...UNREADABLE, 'ENOTTY']))
    return readNarrow(narrow);
  return undefined;
}

function readWide(buffer: Buffer): Described {
  return {
    id: buffer.readUInt32LE(0),
    type: buffer.readUInt32LE(4),
    name: textAt(buffer, 8, 32),
    minimum: Number(buffer.readBigInt64LE(40)),
    maximum: Number(buffer.readBigInt64LE(48)),
    step: Number(buffer.readBigUInt64LE(56)),
    default: Number(buffer.readBigInt64LE(64)),
    flags: buffer.readUInt32LE(72),
  };
}

function readNarrow(buffer: Buffer): Described {
  return {
    id: buffer.readUInt32LE(0),
    type: buffer.readUInt32LE(4),
    name: textAt(buffer, 8, 32),
    minimum: buffer.readInt32LE(40),
    maximum: buffer.readInt32LE(44),
    step: buffer.readInt32LE(48),
    default: buffer.readInt32LE(52),
    flags: buffer.readUInt32LE(56),
  };
}

async function describe(device: V4l2Device, found: Described): Promise<CameraControl> {
  const type = TYPES[found.type] ?? 'other';
  if (type === 'button' || type === 'other') return { name: found.name, type };
  const { name, minimum, maximum, step } = found;
  const control = { name, type, minimum, maximum, step, default: found.default };
  return type === 'menu' ? { ...control, menu: await readMenu(device, found) } : control;
}

/** The words of a menu. Its numbers may have holes; these are left out. */
async function readMenu(device: V4l2Device, control: Described): Promise<readonly string[]> {
  const items: string[] = [];
  const end = Math.min(control.maximum, control.minimum + MOST.menuItems - 1);
  for (let index = control.minimum; index <= end; index++) {
    const buffer = Buffer.alloc(SIZE.querymenu);
    buffer.writeUInt32LE(control.id, 0);
    buffer.writeUInt32LE(index, 4);
    if (!(await device.command('QUERYMENU', buffer, [...NO_MORE, ...UNREADABLE, 'ENOTTY']))) continue;
    items.push(
      control.type === TYPE_INTEGER_MENU ? buffer.readBigInt64LE(8).toString() : textAt(buffer, 8, 32),
    );
  }
  return items;
}
