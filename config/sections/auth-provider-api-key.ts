/** Options of the built-in provider for API keys. */
export const authProviderApiKeySection = {
  refresh_ms: {
    doc: 'A key that the command line takes back ends after at most this time (0 to 5000).',
    format: 'nat',
    default: 2000,
  },
};
