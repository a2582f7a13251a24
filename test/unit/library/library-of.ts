import type { Tickets } from '../../../core/auth/tickets.js';
import { FileLibrary } from '../../../core/library/file-library.js';
import type { CoreWorld } from '../core-world.js';

/** The library of a world. */
export function libraryOf(world: CoreWorld, tickets: Tickets): FileLibrary {
  const { index, store: files, recordings, wishes, tool, clock, examiner } = world;
  return new FileLibrary({ index, files, recordings, wishes, tool, tickets, clock, examiner });
}
