/** Options of the log. */
export const loggerWinstonSection = {
  level: {
    doc: 'Least level that is written.',
    format: ['debug', 'info', 'warn', 'error'] as const,
    default: 'info',
  },
  format: {
    doc: 'One JSON object per line, or lines for people (coloured on a terminal).',
    format: ['json', 'pretty'] as const,
    default: 'json',
  },
  destination: {
    doc: 'Standard output, or rotated files in the log folder.',
    format: ['stdout', 'file'] as const,
    default: 'stdout',
  },
  max_size_bytes: {
    doc: 'A log file is closed beyond this size (at least 65536).',
    format: 'nat',
    default: 10 * 1024 * 1024,
  },
  max_files: { doc: 'The oldest log file is deleted beyond this number.', format: 'nat', default: 5 },
};
