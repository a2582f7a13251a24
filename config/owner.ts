/** Whose a file or folder is that this user may not use. */
import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/** @param culprit something that is there, so that its owner can be named. */
export function ownersRemedy(culprit: string): string {
  const { uid } = lstatSync(culprit);
  return `run this as the user that owns ${culprit} (sudo -u '#${String(uid)}'), or give it to this user (chown)`;
}

/** The path itself if it can be seen, else the nearest part above it that can be: there the fault lies. */
export function nearestThatIs(path: string): string {
  try {
    lstatSync(path);
    return path;
  } catch {
    // Not this one, whatever the reason: the next one up.
    return path === dirname(path) ? path : nearestThatIs(dirname(path));
  }
}
