import { fstatSync } from 'node:fs';

/**
 * A descriptor is a number that is given to another file once it is closed.
 * @returns whether it still stands for the file that it stands for now.
 */
export function isSameFile(descriptor: number): () => boolean {
  const first = identity(descriptor);
  return () => first !== undefined && identity(descriptor) === first;
}

function identity(descriptor: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(descriptor);
    return `${String(dev)}:${String(ino)}`;
  } catch {
    return undefined;
  }
}
