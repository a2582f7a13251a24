/** What the times of pictures tell about those that are missing. */

/** How long at either end pictures may be late; what is missing at the very end cannot be told from that. */
const SETTLED_S = 1.5;
const SHORTEST_S = 0.9;

/**
 * How many pictures of a steady camera are missing between the first and the last. Pictures that a busy machine delivers late, all
 * at once, are not: behind a pause as many come as the camera made in it, behind a loss it stays behind for good.
 * @param times of the pictures, in seconds, rising
 * @param fps what the camera makes
 */
export function lostPictures(times: readonly number[], fps: number): number {
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  if (last - first < SHORTEST_S)
    throw new Error(`${times.length} pictures in ${last - first} s: too few to judge`);
  const settled = Math.min(SETTLED_S, (last - first) / 3);
  const behind = times.map((time, index) => ({ time, pictures: (time - first) * fps - index }));
  const least = (from: number, to: number): number =>
    Math.min(...behind.filter(({ time }) => time >= from && time <= to).map(({ pictures }) => pictures));
  return least(last - settled, last) - least(first, first + settled);
}
