/** How a listener begins and ends, on a port that may be taken. */
import type { HttpListener } from '../../ports/index.js';
import { lifecycleTrait } from './lifecycle.trait.js';

const never = (): AbortSignal => new AbortController().signal;

export function lifecycleSection(create: (port?: number) => HttpListener, withinMs: number): void {
  lifecycleTrait(async () => {
    const scout = create();
    await scout.start(never());
    const port = scout.address()?.port;
    await scout.stop(AbortSignal.abort());
    const subject = create(port);
    return {
      start: (signal) => subject.start(signal),
      stop: (signal) => subject.stop(signal),
      isUp: () => subject.address() !== undefined,
      spoil: async () => {
        const squatter = create(port);
        await squatter.start(never());
        return () => squatter.stop(AbortSignal.abort());
      },
    };
  }, withinMs);
}
