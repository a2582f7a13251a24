/** Ends the child processes that a killed run of the service left behind, before anything is started. */
import { reapOrphans } from '../../adapters/_shared/child-process.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'orphan-reaper',
  apiVersion: 1,
  setup(context) {
    context.beforeRun(async ({ directories, log }) => {
      await reapOrphans(directories.run, log);
    });
  },
});
