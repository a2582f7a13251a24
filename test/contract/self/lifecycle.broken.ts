import type { LifecycleSubject } from '../lifecycle.trait.js';
import type { Broken } from './expect-caught.js';

export type LifecycleWorld = () => Promise<LifecycleSubject>;

export const brokenLifecycles: readonly Broken<LifecycleWorld>[] = [
  broken('life-unstarted', (part) => ({ ...part.subject(), isUp: () => true })),
  broken('life-start', (part) => ({ ...part.subject(), start: async () => undefined })),
  broken('life-left-open', (part) => ({
    ...part.subject(),
    start: async () => {
      part.ups = 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
      setInterval(() => undefined, 60_000).unref();
    },
  })),
  broken('life-start-twice', (part) => ({
    ...part.subject(),
    start: async () => {
      if (part.ups > 0) throw new TypeError('started already');
      part.ups++;
    },
  })),
  broken('life-stop-twice', (part) => ({
    ...part.subject(),
    stop: async () => {
      if (part.ups === 0) throw new Error('not started');
      part.ups = 0;
    },
  })),
  broken('life-stop-first', (part) => ({
    ...part.subject(),
    stop: async () => {
      if (part.ups === 0) throw new Error('not started');
      part.ups = 0;
    },
  })),
  broken('life-again', (part) => {
    let isSpent = false;
    return {
      ...part.subject(),
      start: async () => void (part.ups = isSpent ? 0 : 1),
      stop: async () => {
        isSpent = part.ups > 0;
        part.ups = 0;
      },
    };
  }),
  broken('life-aborted', (part) => ({ ...part.subject(), start: async () => void (part.ups = 1) })),
  broken('life-abort-starting', (part) => ({
    ...part.subject(),
    // Gets up behind the back of a stop.
    start: async (signal) => {
      setTimeout(() => (part.ups = 1), 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
      signal.throwIfAborted();
    },
    stop: async () => {
      setTimeout(() => (part.ups = 1), 0);
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  })),
  broken('life-late-abort', (part) => ({
    ...part.subject(),
    start: async (signal) => {
      part.ups = 1;
      signal.addEventListener('abort', () => (part.ups = 0));
    },
  })),
  broken('life-stop-hurry', (part) => ({
    ...part.subject(),
    stop: async (signal) => void (part.ups = signal.aborted ? part.ups : 0),
  })),
  broken('life-failed', (part) => {
    let isSpoilt = false;
    return {
      ...part.subject(),
      start: async () => {
        if (isSpoilt) throw new Error('without a code');
        part.ups = 1;
      },
      spoil: async () => ((isSpoilt = true), async () => void (isSpoilt = false)),
    };
  }),
];

/** Something that keeps all rules, to be spoilt. */
class Part {
  ups = 0;

  subject(): LifecycleSubject {
    return {
      start: async (signal) => {
        signal.throwIfAborted();
        this.ups = 1;
      },
      stop: async () => void (this.ups = 0),
      isUp: () => this.ups > 0,
    };
  }
}

function broken(rule: string, spoil: (part: Part) => LifecycleSubject): Broken<LifecycleWorld> {
  return { rule, world: async () => spoil(new Part()) };
}

export const leakyOptionalLifecycle: Broken<LifecycleWorld> = {
  rule: 'life-left-optional',
  world: async () => ({
    start: async () => void setInterval(() => undefined, 60_000).unref(),
    stop: async () => undefined,
  }),
};

export const brokenOptionalLifecycle: Broken<LifecycleWorld> = {
  rule: 'life-optional',
  world: async () => ({ start: async () => undefined }) as unknown as LifecycleSubject,
};

export const soundLifecycle: LifecycleWorld = async () => new Part().subject();
