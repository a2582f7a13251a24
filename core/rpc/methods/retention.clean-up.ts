import { fromPortError } from '../../errors/service-error.js';
import { isPortError } from '../../../ports/index.js';
import type { CleanUp } from '../../retention/retention-service.js';
import { s } from '../../validation/schema.js';
import { defineMethod } from '../define-method.js';

/** The call answers before a client gives up; what is left is for the next one. */
const BUDGET_MS = 20_000;
/** More files than these are counted, but not listed. */
const MOST_LISTED = 1_000;

export const cleanupOldFiles = defineMethod({
  name: 'cleanup_old_files',
  summary: 'Deletes the recordings that exceed the limits of the retention policies, also of manual ones.',
  role: 'admin',
  params: s.object({
    dry_run: s.optional(s.bool('Only say what would be deleted. Default false.')),
  }),
  result: s.object({
    cleanup_executed: s.bool('False for a dry run, and if nothing may be deleted at the moment.'),
    files_deleted: s.int({ min: 0 }),
    space_freed: s.int({ min: 0, doc: 'Bytes. Of a dry run: what it would free.' }),
    files: s.array(
      s.object({
        filename: s.string(),
        device: s.string(),
        file_size: s.int({ min: 0 }),
        reason: s.oneOf('age', 'size', 'free_space'),
      }),
      { doc: 'The files that were deleted or, in a dry run, would be; oldest first, at most 1000.' },
    ),
    message: s.string(),
  }),
  errors: ['DEPENDENCY_FAILED'],
  timeoutMs: 30_000,
  audited: ['dry_run'],
  // Recordings too: until they have been resumed, their files seem to be closed.
  needs: ['files', 'recordings'],
  uses: ['retention'],
  handler: async ({ dry_run: isDryRun = false }, call, { retention }) => {
    const { principal, requestId, peer } = call;
    const { transport, address = '' } = peer;
    const who = { trigger: 'request' as const, principal, transport, address, requestId };
    try {
      return answer(await retention.cleanUp({ isDryRun, who, budgetMs: BUDGET_MS }, call.signal));
    } catch (cause) {
      throw isPortError(cause) ? fromPortError(cause) : cause;
    }
  },
});

function answer(done: CleanUp) {
  const { deletions, isDryRun, isPossible } = done;
  return {
    cleanup_executed: isPossible && !isDryRun,
    files_deleted: isDryRun ? 0 : deletions.length,
    space_freed: deletions.reduce((sum, { file }) => sum + file.sizeBytes, 0),
    files: deletions.slice(0, MOST_LISTED).map(({ file, reason }) => ({
      filename: file.filename,
      device: file.camera,
      file_size: file.sizeBytes,
      reason,
    })),
    message: messageFor(done),
  };
}

function messageFor({ deletions, isDryRun, isPossible, isInForce, left }: CleanUp): string {
  if (!isPossible)
    return 'Nothing was deleted: the stored retention policy or the list of protected recordings is damaged. Protect recordings again where necessary, then call set_retention_policy.';
  if (!isInForce) return 'Nothing was deleted: no retention policy is enabled. Call set_retention_policy.';
  const count = recordings(deletions.length);
  if (isDryRun) return `${count} would be deleted.`;
  return left === 0
    ? `${count} deleted.`
    : `${count} deleted; ${recordings(left)} left. Call again to continue; see get_status if files cannot be deleted.`;
}

function recordings(count: number): string {
  return count === 1 ? '1 recording' : `${String(count)} recordings`;
}
