/**
 * Why frames are missing. `not_recorded`: nobody wanted a recording. `source`: the camera delivered none. `media_server`: it was away or restarted. `service`: this service was.
 * `storage`: nothing could be written. `file_lost`: what was written was deleted, moved or cut. `unknown`: nothing was noticed.
 */
export const GAP_CAUSES = [
  'source',
  'media_server',
  'service',
  'storage',
  'file_lost',
  'not_recorded',
  'unknown',
] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

/** Frames are missing from a recording between two times. Milliseconds since 1970. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly cause: GapCause;
}
