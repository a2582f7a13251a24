import type { IdentityHints, SourceDescriptor } from '../../ports/index.js';
import type { Identity } from './camera.js';

/** Of the first camera inside a USB device, which its hints leave out. */
const FIRST_INTERFACE = '1.0';

/** What is kept on disk of a camera that was here. */
export interface KnownCamera {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly hints: IdentityHints;
  /** Milliseconds since 1970. */
  readonly lastSeenAt: number;
}

/** Gives a fixed identifier to whatever matches all the members that are present. */
export interface AssignmentRule {
  readonly id: string;
  /** `vendor:product`, four hex digits each. */
  readonly usb?: string;
  readonly serial?: string;
  readonly port?: string;
  /** Which of several cameras inside one USB device, such as `1.2`; the first is `1.0`. */
  readonly interface?: string;
}

export interface IdentityWorld {
  readonly known: readonly KnownCamera[];
  /** Identifiers of cameras that are present now. */
  readonly present: ReadonlySet<string>;
  readonly rules: readonly AssignmentRule[];
}

/**
 * Decides which camera a source is: by rule, then serial, then port, then as the only absent one of its model; else it is new.
 * Never binds to an identifier that is in use or to one of several that fit equally well.
 * @returns `undefined` when rules exist and none matches: the device is not ours.
 */
export function identify(source: SourceDescriptor, world: IdentityWorld): Identity | undefined {
  if (world.rules.length > 0) return byRule(source, world);
  const model = world.known.filter((camera) => isSameModel(camera, source));
  return bySerial(source, model, world) ?? byPlace(source, model, world) ?? asNew(source, world);
}

function byRule(source: SourceDescriptor, world: IdentityWorld): Identity | undefined {
  const matching = world.rules.filter((rule) => ruleMatches(rule, source.hints));
  const rule = matching[0];
  if (!rule) return undefined;
  const ids = [...new Set(matching.map((each) => each.id))];
  if (ids.length > 1) return ambiguous(world, `assignment rules for ${ids.join(' and ')} both match`);
  // The rule means one camera of the device. Which one, was settled when the first of them came.
  const owner = world.known.find((camera) => camera.id === rule.id);
  if (owner && rule.interface === undefined && isOtherHalf(owner.hints, source.hints)) return undefined;
  if (world.present.has(rule.id))
    return ambiguous(world, `another camera already matches the rule for ${rule.id}`);
  return { id: rule.id, matchedBy: 'assignment', why: `assignment rule ${describeRule(rule)}` };
}

function bySerial(
  source: SourceDescriptor,
  model: readonly KnownCamera[],
  world: IdentityWorld,
): Identity | undefined {
  const serial = source.hints.serial;
  if (!serial) return undefined;
  const twins = model.filter((camera) => camera.hints.serial === serial);
  if (twins.length === 0) return undefined;
  const half = source.hints.usbInterface === undefined ? '' : `, interface ${source.hints.usbInterface}`;
  const free = twins.filter((camera) => !world.present.has(camera.id));
  const [only] = free;
  if (twins.length === 1 && only) return { id: only.id, matchedBy: 'serial', why: `serial ${serial}${half}` };
  // Some makers give every camera the same serial: then only the port can tell them apart.
  const here = free.find((camera) => isSamePort(camera, source));
  if (here)
    return {
      id: here.id,
      matchedBy: 'port',
      why: `serial ${serial} is not unique; port ${String(here.hints.portPath)}`,
    };
  if (free.length > 0)
    return ambiguous(world, `serial ${serial} belongs to ${idList(twins)}, and no port matches`);
  return undefined;
}

function byPlace(
  source: SourceDescriptor,
  model: readonly KnownCamera[],
  world: IdentityWorld,
): Identity | undefined {
  if (source.hints.serial) return undefined;
  const free = model.filter((camera) => !camera.hints.serial && !world.present.has(camera.id));
  const here = free.find((camera) => isSamePort(camera, source));
  if (here) return { id: here.id, matchedBy: 'port', why: `port ${String(here.hints.portPath)}` };
  const [only] = free;
  if (free.length === 1 && only)
    return { id: only.id, matchedBy: 'model', why: 'the only absent camera of this model' };
  if (free.length > 1)
    return ambiguous(world, `no serial number, and the port is not one of those of ${idList(free)}`);
  return undefined;
}

function asNew(source: SourceDescriptor, world: IdentityWorld): Identity {
  const wanted = wantedNumber(source);
  const taken = takenIds(world);
  const preferred = wanted === undefined ? undefined : `camera${String(wanted)}`;
  const id = preferred !== undefined && !taken.has(preferred) ? preferred : nextFree(taken);
  return { id, matchedBy: 'new', why: 'not seen before' };
}

/** Numbers that people know already; which of several new cameras was probed first must not decide their names. */
function wantedNumber({ kind, locator, key }: SourceDescriptor): number | undefined {
  const counted = /(?<!\d)\d{1,9}$/.exec(kind === 'v4l2' ? locator : kind === 'synthetic' ? key : '')?.[0];
  if (counted === undefined) return undefined;
  return kind === 'synthetic' ? Math.max(0, Number(counted) - 1) : Number(counted);
}

/** An identifier of its own, so that it is never taken for the camera it may or may not be. */
function ambiguous(world: IdentityWorld, why: string): Identity {
  return { id: nextFree(takenIds(world)), matchedBy: 'ambiguous', why };
}

function takenIds(world: IdentityWorld): Set<string> {
  return new Set([
    ...world.known.map((camera) => camera.id),
    ...world.present,
    ...world.rules.map((rule) => rule.id),
  ]);
}

function nextFree(taken: ReadonlySet<string>): string {
  let number = 0;
  while (taken.has(`camera${String(number)}`)) number += 1;
  return `camera${String(number)}`;
}

function isSameModel(camera: KnownCamera, source: SourceDescriptor): boolean {
  if (camera.kind !== source.kind) return false;
  const a = camera.hints;
  const b = source.hints;
  if (a.vendorId === undefined && b.vendorId === undefined) return camera.name === source.name;
  // Two cameras inside one device share the serial and are no twins.
  return a.vendorId === b.vendorId && a.productId === b.productId && a.usbInterface === b.usbInterface;
}

/** Another camera inside the same device. */
function isOtherHalf(a: IdentityHints, b: IdentityHints): boolean {
  const isSameDevice =
    a.vendorId !== undefined &&
    a.vendorId === b.vendorId &&
    a.productId === b.productId &&
    a.serial === b.serial &&
    (a.serial !== undefined || socketOf(a) === socketOf(b));
  return isSameDevice && a.usbInterface !== b.usbInterface;
}

/** The port without what tells the halves of a device apart. */
function socketOf({ portPath = '', usbInterface = '' }: IdentityHints): string {
  return portPath.endsWith(`:${usbInterface}`) ? portPath.slice(0, -usbInterface.length - 1) : portPath;
}

function isSamePort(camera: KnownCamera, source: SourceDescriptor): boolean {
  return camera.hints.portPath !== undefined && camera.hints.portPath === source.hints.portPath;
}

function ruleMatches(rule: AssignmentRule, hints: IdentityHints): boolean {
  const usb = `${hints.vendorId ?? ''}:${hints.productId ?? ''}`;
  return (
    (rule.usb === undefined || rule.usb.toLowerCase() === usb) &&
    (rule.serial === undefined || rule.serial === hints.serial) &&
    (rule.port === undefined || rule.port === hints.portPath) &&
    (rule.interface === undefined || rule.interface === (hints.usbInterface ?? FIRST_INTERFACE))
  );
}

function describeRule(rule: AssignmentRule): string {
  const parts = [
    rule.usb && `usb ${rule.usb}`,
    rule.serial && `serial ${rule.serial}`,
    rule.port && `port ${rule.port}`,
    rule.interface && `interface ${rule.interface}`,
  ];
  return parts.filter(Boolean).join(', ');
}

function idList(cameras: readonly KnownCamera[]): string {
  return cameras.map((camera) => camera.id).join(', ');
}
