/** Options of the provider for API keys. */
import { option, options } from '../../../ports/options.js';

export const API_KEY_OPTIONS = options({
  refresh_ms: option.ms({
    doc: 'A key that the command line takes back ends after at most this time (0 to 5000).',
    default: 2000,
    maximum: 5000,
  }),
});
