import { PLUGIN_STATES } from '../lifecycle/plugin-control.js';
import { s } from '../validation/schema.js';

/** A plugin as clients see it. */
export const pluginView = s.object({
  name: s.string(),
  version: s.string(),
  provides: s.array(s.string(), { doc: 'Its adapters, as Port/name.' }),
  capabilities: s.array(s.string(), { doc: 'What it has beyond adapters.' }),
  state: s.oneOf(...PLUGIN_STATES),
  reason: s.optional(s.string()),
  isolation: s.string({ doc: 'Where its code runs: none is the process of the service.' }),
});
