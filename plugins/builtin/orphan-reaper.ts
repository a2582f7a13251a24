/** Ends the child processes that a killed run of the service left behind, before anything is started. */
import { reapOrphans } from '../../adapters/_shared/child-process.js';
import { definePlugin } from '../api/index.js';

export default definePlugin({
  name: 'orphan-reaper',
  apiVersion: 1,
  async setup(context) {
    await reapOrphans(context.directories.run, context.log);
  },
});
