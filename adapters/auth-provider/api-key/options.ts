/** Options of the provider for API keys. */
import { option, options } from '../../../ports/options.js';

export const API_KEY_OPTIONS = options({
  refresh_ms: option.ms({
    doc: 'Maximum time before changes to the stored keys take effect (0 to 5000). Changes made on this machine take effect immediately.',
    default: 2000,
    maximum: 5000,
  }),
});
