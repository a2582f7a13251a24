import { defineMethod } from '../define-method.js';
import { pluginView } from '../../views/plugin-view.js';
import { s } from '../../validation/schema.js';

export const getPlugins = defineMethod({
  name: 'get_plugins',
  summary: 'Returns all plugins with their state.',
  role: 'admin',
  params: s.object({}),
  result: s.object({ plugins: s.array(pluginView) }),
  errors: [],
  timeoutMs: 1_000,
  audited: false,
  uses: ['plugins'],
  handler: async (_params, _call, { plugins }) => ({ plugins: plugins.list() }),
});
