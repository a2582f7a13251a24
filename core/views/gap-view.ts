import { GAP_CAUSES, type Gap } from '../files/gap.js';
import { s } from '../validation/schema.js';
import { isoTime } from './camera-view.js';

export const gapView = s.object({
  from: s.time(),
  to: s.time(),
  seconds: s.number({ min: 0 }),
  cause: s.oneOf(...GAP_CAUSES),
});

export function describeGap({ from, to, cause }: Gap) {
  return { from: isoTime(from), to: isoTime(to), seconds: (to - from) / 1_000, cause };
}
