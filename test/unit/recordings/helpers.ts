import type { CoreWorld } from '../core-world.js';

/** Name of a file of camera0 that begins at this time, as the media server gives it. */
export function nameAt(at: number): string {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, -1).split('T');
  return `camera0_${day}_${time.replaceAll(/[:.]/g, '-')}000.mp4`;
}

/** Holds back what the media server writes. */
export function stepsOf(world: CoreWorld) {
  const { place } = world.store;
  const append = {
    hold: () => (world.store.place = () => undefined),
    release: () => {
      world.store.place = place;
      void world.memory.control.feed('camera0', new Uint8Array(64));
    },
    afterBytes: (then: () => void) => {
      world.store.place = (kind, filename, bytes) => {
        place(kind, filename, bytes);
        then();
      };
    },
  };
  return { append };
}
