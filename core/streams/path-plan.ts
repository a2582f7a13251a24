import type { PathSpec } from '../../ports/index.js';

/** What is wanted of a camera's path, whatever happens to cameras and media server. */
export interface DesiredPath {
  readonly record: PathSpec['record'];
}

/** What is known of one camera. */
export interface ObservedCamera {
  /** Another program has the device. */
  readonly isBusy: boolean;
  /** Nothing tells it apart from another one: it gets a path only if somebody asks for it. */
  readonly isAmbiguous: boolean;
}

/** What the media server was last told of a path. `unsure`: a call without an answer may have been heard or not, or be heard later. */
export type ToldPath = PathSpec | 'unsure';

export interface ObservedPaths {
  /** Whether the media server accepts calls. */
  readonly isReady: boolean;
  readonly cameras: ReadonlyMap<string, ObservedCamera>;
  /** What it was told since it last lost its configuration. */
  readonly told: ReadonlyMap<string, ToldPath>;
}

export type PathAction =
  | { readonly type: 'ensure'; readonly name: string; readonly spec: PathSpec }
  | { readonly type: 'remove'; readonly name: string };

const NOT_RECORDED: DesiredPath = { record: false };

/**
 * What the media server must be told so that its paths are as they should be: nothing when they are, or when it does not listen.
 * Each path has at most one action, and applying all of them leaves nothing to do.
 */
export function planPaths(
  desired: ReadonlyMap<string, DesiredPath>,
  { isReady, cameras, told }: ObservedPaths,
): readonly PathAction[] {
  if (!isReady) return [];
  const names = new Set([...cameras.keys(), ...desired.keys(), ...told.keys()]);
  return [...names].flatMap((name): readonly PathAction[] => {
    const spec = specOf(desired.get(name), cameras.get(name));
    const known = told.get(name);
    if (spec === undefined) return known === undefined ? [] : [{ type: 'remove', name }];
    return known !== undefined && known !== 'unsure' && isSame(known, spec)
      ? []
      : [{ type: 'ensure', name, spec }];
  });
}

/** @returns `undefined` for a path that is not to be there. */
function specOf(desired: DesiredPath | undefined, camera: ObservedCamera | undefined): PathSpec | undefined {
  const { record } = desired ?? NOT_RECORDED;
  if (camera === undefined && record === false) return undefined;
  if (camera?.isAmbiguous === true && desired === undefined) return undefined;
  // There is no telling when another program will be done with the camera.
  return { record, ...(camera?.isBusy === true ? { refusesViewers: true } : {}) };
}

function isSame(one: PathSpec, other: PathSpec): boolean {
  return (
    sameRecord(one.record, other.record) &&
    one.pullUrl === other.pullUrl &&
    (one.refusesViewers ?? false) === (other.refusesViewers ?? false)
  );
}

function sameRecord(one: PathSpec['record'], other: PathSpec['record']): boolean {
  if (one === false || other === false) return one === other;
  return one.format === other.format && one.mark === other.mark;
}
