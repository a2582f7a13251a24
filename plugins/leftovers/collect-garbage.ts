import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects what nobody refers to any more, so that tests see what is kept. Contexts that exist already notice nothing of the flag. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  try {
    const collect = runInNewContext('gc') as () => void;
    collect();
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
