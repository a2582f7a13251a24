import type { SalvageRequest } from '../../ports/file-store.js';

/** @throws TypeError for parts that break the rule of a `SalvageRequest`. */
export function checkSalvage({ sizeBytes, keep }: SalvageRequest): void {
  let end = -1;
  let kept = 0;
  for (const { first, last } of keep) {
    if (!(Number.isInteger(first) && Number.isInteger(last) && first > end && last >= first))
      throw new TypeError('parts must be in ascending order and apart from each other');
    end = last + 1;
    kept += last + 1 - first;
  }
  if (kept === 0 || end > sizeBytes || kept === sizeBytes)
    throw new TypeError('there must be a part, inside the file and smaller than the file');
}
