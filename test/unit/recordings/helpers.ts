import type { RecordingFormat, RecordingSession } from '../../../core/recordings/recording-session.js';
import type { CoreWorld } from '../core-world.js';

/** What the cases do with camera0 of their world, which is another one in each. */
export function callsOf(world: () => CoreWorld) {
  const start = (format?: RecordingFormat, durationSeconds?: number): Promise<RecordingSession> => {
    const { recordings, registry, signal } = world();
    return recordings.begin({ camera: registry.get('camera0')!, format, durationSeconds }, signal);
  };
  return {
    start,
    started: (format?: RecordingFormat, durationSeconds?: number) =>
      world().during(start(format, durationSeconds)),
    ended: () => world().during(world().recordings.end('camera0', 'stop_recording')),
    types: (): string[] => world().recordingChanges.map(({ type }) => type),
  };
}

/** Name of a file of camera0 that begins at this time, as the media server gives it to the first recording. */
export function nameAt(at: number, mark = 'session1'): string {
  const [day = '', time = ''] = new Date(at).toISOString().slice(0, -1).split('T');
  return `camera0_${day}_${time.replaceAll(/[:.]/g, '-')}000_${mark}.mp4`;
}

/** Holds back what the media server writes. */
export function stepsOf(world: CoreWorld) {
  const { place } = world.store;
  const append = {
    hold: () => (world.store.place = () => undefined),
    release: () => {
      world.store.place = place;
      void world.memory.control.feed('camera0', new Uint8Array(64).fill(1));
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
