import { defineMethod } from '../define-method.js';
import { invalidParam } from '../../errors/service-error.js';
import { pluginView } from '../../views/plugin-view.js';
import { s } from '../../validation/schema.js';

export const setPlugin = defineMethod({
  name: 'set_plugin',
  summary: 'Enables, disables or reloads a plugin while the service runs.',
  role: 'admin',
  params: s.object({
    name: s.string({ min: 1, max: 214, doc: 'Name of the plugin, as get_plugins lists it.' }),
    enabled: s.bool('Whether its adapters are in use. Kept across restarts of the service.'),
    reload: s.optional(s.bool('Read the package again and run the code that is there, as after an upgrade.')),
  }),
  result: pluginView,
  errors: ['UNSUPPORTED', 'INVALID_STATE', 'DEPENDENCY_FAILED'],
  timeoutMs: 60_000,
  audited: ['name', 'enabled', 'reload'],
  uses: ['plugins'],
  handler: async ({ name, enabled, reload = false }, { principal, peer }, { plugins }) => {
    if (reload && !enabled)
      throw invalidParam(
        'reload',
        'enabled',
        'A plugin is reloaded when it is enabled: set enabled to true.',
      );
    const caller = { transport: peer.transport, provider: principal.provider };
    return await plugins.change(name, { enabled, reload }, caller);
  },
});
