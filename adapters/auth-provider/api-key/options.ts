/** Options of the provider for API keys. */
import { option, options } from '../../../ports/options.js';

export const API_KEY_OPTIONS = options({
  refresh_ms: option.ms({
    doc: 'What is known of a key is used for at most this time before the stored keys are looked at again (0 to 5000). Changes made on this machine count at once.',
    default: 2000,
    maximum: 5000,
  }),
});
